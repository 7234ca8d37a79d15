// The tests' hands on a cluster: one JSON request a line on standard input, one JSON answer a line on standard output.
// {"id":1,"do":"cql","node":"127.0.0.1","cql":"…"} | load | ids | {"do":"call","port":7199,"bean":"…","name":"…","arguments":[…]} | get | set
package com.instaclustr.cleanupoperator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class Bridge {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = System.out;

    private Bridge() {}

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        ExecutorService pool = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        Cql cql = new Cql();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonNode request = JSON.readTree(line);
            pool.execute(() -> answer(cql, request));
        }
        System.exit(0);
    }

    private static void answer(Cql cql, JsonNode request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", request.get("id").asInt());
        try {
            answer.put("value", perform(cql, request));
        } catch (Throwable failure) {
            answer.put("error", describe(failure));
        }
        print(answer);
    }

    private static synchronized void print(Map<String, Object> answer) {
        try {
            OUT.println(JSON.writeValueAsString(answer));
        } catch (Exception unprintable) {
            OUT.println("{\"id\":" + answer.get("id") + ",\"value\":null}");
        }
        OUT.flush();
    }

    private static Object perform(Cql cql, JsonNode request) throws Exception {
        return switch (request.get("do").asText()) {
            case "cql" -> cql.execute(request);
            case "load" -> cql.load(request);
            case "ids" -> cql.ids(request);
            default -> Jmx.perform(request);
        };
    }

    private static String describe(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) root = root.getCause();
        return root.getClass().getName() + ": " + root.getMessage();
    }
}
