// Calls and attributes of Cassandra's MBeans by name; arguments and answers as JSON.
package com.instaclustr.cleanupoperator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import javax.management.Attribute;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

final class Jmx {
    private Jmx() {}

    static Object perform(JsonNode request) throws Exception {
        String url = "service:jmx:rmi:///jndi/rmi://127.0.0.1:" + request.get("port").asInt() + "/jmxrmi";
        ObjectName bean = new ObjectName(request.get("bean").asText());
        String name = request.get("name").asText();
        List<Object> values = new ArrayList<>();
        List<String> types = new ArrayList<>();
        request.path("arguments").forEach(argument -> add(argument, values, types));
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            return switch (request.get("do").asText()) {
                case "get" -> server.getAttribute(bean, name);
                case "set" -> set(server, bean, new Attribute(name, values.get(0)));
                default -> server.invoke(bean, name, values.toArray(), types.toArray(new String[0]));
            };
        }
    }

    private static Object set(MBeanServerConnection server, ObjectName bean, Attribute attribute) throws Exception {
        server.setAttribute(bean, attribute);
        return null;
    }

    private static void add(JsonNode argument, List<Object> values, List<String> types) {
        if (argument.isBoolean()) {
            values.add(argument.asBoolean());
            types.add("boolean");
        } else if (argument.isInt()) {
            values.add(argument.asInt());
            types.add("int");
        } else if (argument.isArray()) {
            List<String> texts = new ArrayList<>();
            argument.forEach(text -> texts.add(text.asText()));
            values.add(texts.toArray(new String[0]));
            types.add(String[].class.getName());
        } else {
            values.add(argument.asText());
            types.add(String.class.getName());
        }
    }
}
