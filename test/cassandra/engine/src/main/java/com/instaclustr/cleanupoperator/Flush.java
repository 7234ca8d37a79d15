// The flush operation: another type in the same pool and list, which must not be taken for a cleanup.
package com.instaclustr.cleanupoperator;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.inject.Inject;
import com.google.inject.assistedinject.Assisted;
import com.instaclustr.operations.Operation;
import com.instaclustr.operations.OperationRequest;
import java.util.Set;
import jmx.org.apache.cassandra.service.CassandraJMXService;

public final class Flush extends Operation<Flush.Request> {
    private final CassandraJMXService jmx;

    @Inject
    public Flush(CassandraJMXService jmx, @Assisted Request request) {
        super(request);
        this.jmx = jmx;
    }

    @Override
    protected void run0() throws Exception {
        String[] tables = request.tables == null ? new String[0] : request.tables.toArray(new String[0]);
        StorageService.call(jmx, it -> {
            it.forceKeyspaceFlush(request.keyspace, tables);
            return null;
        });
    }

    public static final class Request extends OperationRequest {
        public final String keyspace;
        public final Set<String> tables;

        @JsonCreator
        public Request(
                @JsonProperty("type") String type,
                @JsonProperty("keyspace") String keyspace,
                @JsonProperty("tables") Set<String> tables) {
            this.type = type;
            this.keyspace = keyspace;
            this.tables = tables;
        }
    }
}
