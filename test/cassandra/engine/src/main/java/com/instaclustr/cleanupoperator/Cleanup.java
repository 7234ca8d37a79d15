// The cleanup operation: forceKeyspaceCleanup, whose answer 0 is success, 1 and 2 are failures with the texts of Icarus.
package com.instaclustr.cleanupoperator;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.inject.Inject;
import com.google.inject.assistedinject.Assisted;
import com.instaclustr.operations.Operation;
import com.instaclustr.operations.OperationFailureException;
import com.instaclustr.operations.OperationRequest;
import java.util.Set;
import jmx.org.apache.cassandra.service.CassandraJMXService;

public final class Cleanup extends Operation<Cleanup.Request> {
    private static final String ABORTED =
            "Aborted cleaning up at least one table in keyspace %s, check server logs for more information.";
    private static final String BUSY =
            "Failed marking some sstables compacting in keyspace %s, check server logs for more information";

    private final CassandraJMXService jmx;

    @Inject
    public Cleanup(CassandraJMXService jmx, @Assisted Request request) {
        super(request);
        this.jmx = jmx;
    }

    @Override
    protected void run0() throws Exception {
        String[] tables = request.tables == null ? new String[0] : request.tables.toArray(new String[0]);
        int code = StorageService.call(jmx, it -> it.forceKeyspaceCleanup(request.jobs, request.keyspace, tables));
        if (code == 1) throw new OperationFailureException(ABORTED.formatted(request.keyspace));
        if (code == 2) throw new OperationFailureException(BUSY.formatted(request.keyspace));
    }

    public static final class Request extends OperationRequest {
        public final String keyspace;
        public final Set<String> tables;
        public final int jobs;

        @JsonCreator
        public Request(
                @JsonProperty("type") String type,
                @JsonProperty("keyspace") String keyspace,
                @JsonProperty("tables") Set<String> tables,
                @JsonProperty("jobs") int jobs) {
            this.type = type;
            this.keyspace = keyspace;
            this.tables = tables;
            this.jobs = jobs;
        }
    }
}
