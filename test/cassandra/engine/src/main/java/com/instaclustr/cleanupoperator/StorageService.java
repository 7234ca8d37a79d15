// Calls on Cassandra's StorageService through the libraries' JMX connection: each sleeps 1 s first, as in Icarus.
package com.instaclustr.cleanupoperator;

import com.instaclustr.operations.FunctionWithEx;
import jmx.org.apache.cassandra.service.CassandraJMXService;
import jmx.org.apache.cassandra.service.cassandra3.StorageServiceMBean;

final class StorageService {
    interface Call<T> {
        T on(StorageServiceMBean service) throws Exception;
    }

    private StorageService() {}

    static <T> T call(CassandraJMXService jmx, Call<T> call) throws Exception {
        return jmx.doWithStorageServiceMBean(new FunctionWithEx<StorageServiceMBean, T>() {
            @Override
            public T apply(StorageServiceMBean service) throws Exception {
                return call.on(service);
            }
        });
    }
}
