// A Sidecar as Icarus 3 is one, of the same libraries: HTTP server, operations, JSON and JMX are theirs; cleanup, flush, /status
// and /version are ours. The package begins with com.instaclustr because the libraries' HTTP server looks for resources there.
package com.instaclustr.cleanupoperator;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Stage;
import com.instaclustr.cassandra.CassandraModule;
import com.instaclustr.guice.Application;
import com.instaclustr.guice.ServiceManagerModule;
import com.instaclustr.jackson.JacksonModule;
import com.instaclustr.operations.OperationBindings;
import com.instaclustr.operations.OperationsModule;
import com.instaclustr.picocli.CassandraJMXSpec;
import com.instaclustr.sidecar.http.JerseyHttpServerModule;
import com.instaclustr.sidecar.picocli.SidecarSpec;
import com.instaclustr.threading.ExecutorsModule;
import com.instaclustr.version.Version;
import com.instaclustr.version.VersionModule;
import java.util.concurrent.Callable;
import jmx.org.apache.cassandra.CassandraJMXConnectionInfo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "engine")
public final class Sidecar implements Callable<Void> {
    @Mixin
    private SidecarSpec http;

    @Mixin
    private CassandraJMXSpec jmx;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Sidecar()).execute(arguments));
    }

    @Override
    public Void call() throws Exception {
        Injector injector = Guice.createInjector(
                Stage.PRODUCTION,
                new VersionModule(new Version("engine 2.0.0", "", "")),
                new ServiceManagerModule(),
                new CassandraModule(new CassandraJMXConnectionInfo(jmx)),
                new JerseyHttpServerModule(http.httpServerAddress, http.disableCors),
                new OperationsModule(http.operationsExpirationPeriod),
                new ExecutorsModule(),
                new JacksonModule(),
                new Operations());
        return injector.getInstance(Application.class).call();
    }

    private static final class Operations extends AbstractModule {
        @Override
        protected void configure() {
            OperationBindings.installOperationBindings(binder(), "cleanup", Cleanup.Request.class, Cleanup.class);
            OperationBindings.installOperationBindings(binder(), "flush", Flush.Request.class, Flush.class);
        }
    }
}
