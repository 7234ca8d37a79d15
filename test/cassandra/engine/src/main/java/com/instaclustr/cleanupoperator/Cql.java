// What the tests do through CQL: statements, rows of random bytes under numbered ids, and which ids can be read.
package com.instaclustr.cleanupoperator;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

final class Cql {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int IN_FLIGHT = 32;

    /** Rows as text: enough for the little that is asked this way. */
    List<String> execute(JsonNode request) {
        try (CqlSession session = connect(request)) {
            List<String> rows = new ArrayList<>();
            SimpleStatement statement = SimpleStatement.newInstance(request.get("cql").asText());
            for (Row row : session.execute(statement.setConsistencyLevel(level(request)))) {
                rows.add(row.getFormattedContents());
            }
            return rows;
        }
    }

    /** Inserts rows from..to into a table (id int primary key, payload blob). */
    int load(JsonNode request) {
        int from = request.get("from").asInt();
        int to = request.get("to").asInt();
        byte[] payload = new byte[request.get("bytes").asInt()];
        Random random = new Random(from);
        try (CqlSession session = connect(request)) {
            String cql = "INSERT INTO " + request.get("table").asText() + " (id, payload) VALUES (?, ?)";
            PreparedStatement insert = session.prepare(SimpleStatement.newInstance(cql).setConsistencyLevel(level(request)));
            ArrayDeque<CompletionStage<AsyncResultSet>> sent = new ArrayDeque<>();
            for (int id = from; id < to; id += 1) {
                random.nextBytes(payload);
                sent.add(session.executeAsync(insert.bind(id, ByteBuffer.wrap(payload.clone()))));
                if (sent.size() >= IN_FLIGHT) sent.remove().toCompletableFuture().join();
            }
            sent.forEach(stage -> stage.toCompletableFuture().join());
        }
        return to - from;
    }

    /** The number of distinct ids that can be read, their payloads read with them. */
    int ids(JsonNode request) {
        try (CqlSession session = connect(request)) {
            String cql = "SELECT id, payload FROM " + request.get("table").asText();
            SimpleStatement select = SimpleStatement.newInstance(cql).setPageSize(200);
            TreeSet<Integer> ids = new TreeSet<>();
            for (Row row : session.execute(select.setConsistencyLevel(level(request)))) {
                if (row.getByteBuffer("payload") != null) ids.add(row.getInt("id"));
            }
            return ids.size();
        }
    }

    private static ConsistencyLevel level(JsonNode request) {
        return DefaultConsistencyLevel.valueOf(request.path("level").asText("ALL"));
    }

    /** To one node at the standard port, and to no other. A session for each request: nodes come and go under the tests. */
    private static CqlSession connect(JsonNode request) {
        DriverConfigLoader settings = DriverConfigLoader.programmaticBuilder()
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, TIMEOUT)
                .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, TIMEOUT)
                .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, TIMEOUT)
                .withDuration(DefaultDriverOption.METADATA_SCHEMA_REQUEST_TIMEOUT, TIMEOUT)
                .withDuration(DefaultDriverOption.NETTY_IO_SHUTDOWN_TIMEOUT, Duration.ofMillis(500))
                .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
                .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0)
                .build();
        InetSocketAddress address = new InetSocketAddress(request.get("node").asText(), 9042);
        return CqlSession.builder()
                .withConfigLoader(settings)
                .addContactPoint(address)
                .withNodeFilter(node -> node.getEndPoint().resolve().equals(address))
                .withLocalDatacenter("dc1")
                .build();
    }
}
