// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What tests ask about logs and traces, and how they read the answers. */
final class ScriptLogs {
  /** The trace of the demo whose root is {@code nginx}. */
  static final String TRACE = "6513270e269e0d37f2a74de452e6b438";

  private ScriptLogs() {}

  /** A span as Tempo tells of it. */
  record Span(String traceId, String spanId, String service, long startNs, long endNs) {}

  /** One entry, with all its labels in whatever place. */
  record Entry(long ns, String line, JsonNode labels, JsonNode metadata) {}

  static Span span(ScriptGateway gateway, String traceId, String service) {
    JsonNode trace = ScriptGateway.json(gateway.get("/api/traces/" + traceId));
    for (JsonNode batch : trace.path("batches")) {
      for (JsonNode attribute : batch.path("resource").path("attributes")) {
        if (attribute.path("key").asString("").equals("service.name")
            && attribute.path("value").path("stringValue").asString("").equals(service)) {
          JsonNode span = batch.path("scopeSpans").path(0).path("spans").path(0);
          return new Span(
              traceId,
              HexFormat.of().formatHex(Base64.getDecoder().decode(span.path("spanId").asString())),
              service,
              Long.parseLong(span.path("startTimeUnixNano").asString()),
              Long.parseLong(span.path("endTimeUnixNano").asString()));
        }
      }
    }
    throw new AssertionError("no span of " + service);
  }

  static String range(String query, long startNs, long endNs, String... more) {
    QueryParameters parameters =
        QueryParameters.of(
            "query", query, "start", Long.toString(startNs), "end", Long.toString(endNs));
    for (int i = 0; i < more.length; i += 2) {
      parameters = parameters.with(more[i], more[i + 1]);
    }
    return "/loki/api/v1/query_range?" + parameters.encode();
  }

  /** What Grafana sends for a span: both ends are floored to milliseconds. */
  static String grafana(String query, Span span) {
    return range(
        query,
        span.startNs() / 1_000_000 * 1_000_000,
        span.endNs() / 1_000_000 * 1_000_000,
        "limit",
        "1000",
        "direction",
        "backward",
        "step",
        "20ms");
  }

  static String g4(String selector, String traceId) {
    return selector
        + " | label_format log_line_contains_trace_id=`{{ contains \""
        + traceId
        + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
        + traceId
        + '"';
  }

  static List<Entry> entries(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    List<Entry> entries = new ArrayList<>();
    for (JsonNode stream : ScriptGateway.json(answer).path("data").path("result")) {
      for (JsonNode value : stream.path("values")) {
        entries.add(
            new Entry(
                Long.parseLong(value.path(0).asString()),
                value.path(1).asString(),
                stream.path("stream"),
                value.path(2).path("structuredMetadata")));
      }
    }
    return entries;
  }

  static List<String> lines(HttpResponse<String> answer) {
    return entries(answer).stream().map(Entry::line).toList();
  }

  static String warnings(HttpResponse<String> answer) {
    return ScriptGateway.json(answer).path("warnings").toString();
  }
}
