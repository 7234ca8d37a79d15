// GET /topology as Icarus 3 answers it: one JMX call after the other (3, and 2 for each node), and the data centre's name
// where the rack's belongs.
package com.instaclustr.cleanupoperator;

import com.instaclustr.operations.FunctionWithEx;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import jmx.org.apache.cassandra.service.CassandraJMXService;
import jmx.org.apache.cassandra.service.cassandra3.EndpointSnitchInfoMBean;
import jmx.org.apache.cassandra.service.cassandra3.StorageServiceMBean;

final class Topology {
    private static final String SNITCH = "org.apache.cassandra.db:type=EndpointSnitchInfo";

    private final CassandraJMXService jmx;

    Topology(CassandraJMXService jmx) {
        this.jmx = jmx;
    }

    /** Of every data centre, or (if not null) of the one named. */
    Map<String, Object> read(String dc) throws Exception {
        String cluster = StorageService.call(jmx, StorageServiceMBean::getClusterName);
        Map<String, String> ids = StorageService.call(jmx, StorageServiceMBean::getEndpointToHostId);
        Map<String, String> dcs = dataCentres(ids);
        Map<String, String> racks = dataCentres(ids);
        String schema = StorageService.call(jmx, StorageServiceMBean::getSchemaVersion);
        if (dc != null && !dcs.containsValue(dc)) {
            throw new IllegalStateException("Some DCs to filter on do not exist: [%s], existing: ".formatted(dc));
        }
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (String address : ids.keySet()) {
            if (dc != null && !dc.equals(dcs.get(address))) continue;
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("hostname", InetAddress.getByName(address).getHostName());
            node.put("cluster", cluster);
            node.put("dc", dcs.get(address));
            node.put("rack", racks.get(address));
            node.put("nodeId", ids.get(address));
            node.put("ipAddress", address);
            nodes.add(node);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("timestamp", System.currentTimeMillis());
        all.put("clusterName", cluster);
        all.put("schemaVersion", schema);
        all.put("topology", nodes);
        return all;
    }

    private Map<String, String> dataCentres(Map<String, String> ids) throws Exception {
        Map<String, String> found = new LinkedHashMap<>();
        for (String address : ids.keySet()) found.put(address, dataCentre(address));
        return found;
    }

    private String dataCentre(String address) throws Exception {
        FunctionWithEx<EndpointSnitchInfoMBean, String> ask = new FunctionWithEx<>() {
            @Override
            public String apply(EndpointSnitchInfoMBean snitch) throws Exception {
                return snitch.getDatacenter(address);
            }
        };
        return jmx.doWithMBean(ask, EndpointSnitchInfoMBean.class, new ObjectName(SNITCH));
    }
}
