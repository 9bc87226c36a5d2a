// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What annotation is to do, on a tree and without a thought for memory. */
final class ReferenceAnnotator {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  static final JsonMapper JSON = new JsonMapper();

  private ReferenceAnnotator() {}

  static JsonNode annotated(String answer, DerivedFieldSet fields) {
    JsonNode root = JSON.readTree(answer);
    ObjectNode data = (ObjectNode) root.get("data");
    boolean categorised = data.has("encodingFlags");
    ArrayNode result = NODES.arrayNode();
    for (JsonNode element : data.get("result")) {
      if (categorised) {
        element.get("values").forEach(entry -> addToEntry(entry, labels(element), fields));
        result.add(element);
      } else {
        split(element, fields).forEach(result::add);
      }
    }
    data.set("result", result);
    return root;
  }

  private static void addToEntry(JsonNode entry, Labels stream, DerivedFieldSet fields) {
    ObjectNode categories = (ObjectNode) entry.get(2);
    Labels all =
        stream
            .and(strings(categories.get("structuredMetadata")))
            .and(strings(categories.get("parsed")));
    Map<String, String> added = fields.apply(entry(entry, stream, all));
    if (!added.isEmpty()) {
      if (!categories.has("structuredMetadata")) {
        categories.set("structuredMetadata", NODES.objectNode());
      }
      ObjectNode metadata = (ObjectNode) categories.get("structuredMetadata");
      added.forEach((name, value) -> metadata.put(name, encodable(value)));
    }
  }

  private static Iterable<JsonNode> split(JsonNode element, DerivedFieldSet fields) {
    Labels stream = labels(element);
    var parts = new LinkedHashMap<Map<String, String>, ArrayNode>();
    for (JsonNode entry : element.get("values")) {
      parts
          .computeIfAbsent(fields.apply(entry(entry, stream, stream)), added -> NODES.arrayNode())
          .add(entry);
    }
    if (parts.isEmpty()) {
      parts.put(Map.of(), NODES.arrayNode());
    }
    var sorted = new TreeMap<Labels, JsonNode>();
    parts.forEach(
        (added, values) -> {
          Labels labels = stream.and(Labels.of(added));
          ObjectNode names = NODES.objectNode();
          labels
              .asMap()
              .forEach(
                  (name, value) ->
                      names.put(name, added.containsKey(name) ? encodable(value) : value));
          ObjectNode part = NODES.objectNode();
          part.set("stream", names);
          part.set("values", values);
          sorted.put(labels, part);
        });
    return sorted.values();
  }

  private static LogEntry entry(JsonNode entry, Labels stream, Labels all) {
    return new LogEntry(
        Long.parseLong(entry.get(0).asString()),
        entry.get(1).asString(),
        stream,
        all,
        Labels.EMPTY);
  }

  /** Half a surrogate pair cannot be written in UTF-8. */
  private static String encodable(String value) {
    var out = new StringBuilder();
    value.codePoints().forEach(c -> out.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c));
    return out.toString();
  }

  private static Labels labels(JsonNode element) {
    return strings(element.get("stream"));
  }

  private static Labels strings(JsonNode object) {
    var strings = new TreeMap<String, String>();
    if (object != null) {
      object
          .properties()
          .forEach(entry -> strings.put(entry.getKey(), entry.getValue().asString()));
    }
    return Labels.of(strings);
  }
}
