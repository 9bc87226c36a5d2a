// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the JSON that is pushed to Loki. */
final class PushBody {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String SERVICE_NAME = "service_name";

  /**
   * The labels of which Loki makes {@code service_name} when it is absent; the first hit counts.
   */
  private static final List<String> SERVICE_LABELS =
      List.of(
          "service",
          "app",
          "application",
          "app_name",
          "name",
          "app_kubernetes_io_name",
          "container",
          "container_name",
          "k8s_container_name",
          "component",
          "workload",
          "job",
          "k8s_job_name");

  private PushBody() {}

  /**
   * Reads the entries of a push.
   *
   * @throws RefusedException when the body is not what Loki takes
   */
  static List<DemoEntry> read(byte[] body) throws RefusedException {
    JsonNode root;
    try {
      root = MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new RefusedException("loghttp.PushRequest: " + e.getOriginalMessage());
    }
    var entries = new ArrayList<DemoEntry>();
    for (JsonNode stream : root.path("streams")) {
      Map<String, String> labels = strings(stream.path("stream"), "stream");
      if (labels.isEmpty()) {
        throw new RefusedException("error at least one label pair is required per stream");
      }
      addServiceName(labels);
      for (JsonNode value : stream.path("values")) {
        entries.add(entry(labels, value));
      }
    }
    return entries;
  }

  private static DemoEntry entry(Map<String, String> labels, JsonNode value)
      throws RefusedException {
    JsonNode time = value.path(0);
    JsonNode line = value.path(1);
    if (!time.isString() || !line.isString()) {
      throw new RefusedException(
          "loghttp.PushRequest: values must be [\"<nanoseconds>\", \"<line>\"]");
    }
    try {
      return DemoEntry.ingest(
          labels,
          Long.parseLong(time.asString()),
          line.asString(),
          strings(value.path(2), "structured metadata"));
    } catch (NumberFormatException e) {
      throw new RefusedException(
          "strconv.ParseInt: parsing \"" + time.asString() + "\": invalid syntax");
    }
  }

  private static Map<String, String> strings(JsonNode object, String what) throws RefusedException {
    var strings = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (!member.getValue().isString()) {
        throw new RefusedException("loghttp.PushRequest: values of " + what + " must be strings");
      }
      strings.put(member.getKey(), member.getValue().asString());
    }
    return strings;
  }

  private static void addServiceName(Map<String, String> labels) {
    if (labels.containsKey(SERVICE_NAME)) {
      return;
    }
    String name = "unknown_service";
    for (String label : SERVICE_LABELS) {
      if (labels.containsKey(label)) {
        name = labels.get(label);
        break;
      }
    }
    labels.put(SERVICE_NAME, name);
  }
}
