// GET /status, /version/… and /topology: what Cassandra says of itself, or a 500 that holds the exception; GET /config.
package com.instaclustr.cleanupoperator;

import com.google.inject.Inject;
import com.google.inject.Provider;
import com.instaclustr.cassandra.CassandraVersion;
import com.instaclustr.version.Version;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import jmx.org.apache.cassandra.service.CassandraJMXService;
import jmx.org.apache.cassandra.service.cassandra3.StorageServiceMBean;

@Path("/")
@Produces(MediaType.APPLICATION_JSON)
public final class NodeResource {
    private final CassandraJMXService jmx;
    private final Version version;
    private final Provider<CassandraVersion> cassandra;

    @Inject
    @jakarta.inject.Inject
    public NodeResource(CassandraJMXService jmx, Version version, Provider<CassandraVersion> cassandra) {
        this.jmx = jmx;
        this.version = version;
        this.cassandra = cassandra;
    }

    @GET
    @Path("status")
    public Response status() {
        try {
            return Response.ok(Map.of("nodeState", StorageService.call(jmx, StorageServiceMBean::getOperationMode))).build();
        } catch (Exception exception) {
            return Response.serverError().entity(Map.of("exception", exception)).build();
        }
    }

    @GET
    @Path("version{sidecar: (/sidecar)?}")
    public Response version() {
        return Response.ok(version).build();
    }

    @GET
    @Path("version/cassandra")
    public Response cassandraVersion() {
        return Response.ok(cassandra.get()).build();
    }

    @GET
    @Path("version/schema")
    public Response schemaVersion() {
        try {
            String schema = StorageService.call(jmx, StorageServiceMBean::getSchemaVersion);
            return Response.ok(Map.of("schemaVersion", schema)).build();
        } catch (Exception exception) {
            return Response.serverError().entity(exception).build();
        }
    }

    @GET
    @Path("topology")
    public Response topology() {
        return topologyOf(null);
    }

    @GET
    @Path("topology/{dc}")
    public Response topology(@PathParam("dc") String dc) {
        return topologyOf(dc);
    }

    /** Only that it is there, and not for a client that wants JSON. */
    @GET
    @Path("config")
    @Produces(MediaType.TEXT_PLAIN)
    public String config() {
        return "";
    }

    private Response topologyOf(String dc) {
        try {
            return Response.ok(new Topology(jmx).read(dc)).build();
        } catch (Exception exception) {
            return Response.serverError().entity(exception).build();
        }
    }
}
