// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.demo.StoryClient.Answer;
import io.spanway.demo.StoryScene.FoundSpan;
import io.spanway.http.QueryParameters;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** What the steps of the story do. Each tells what it saw and fails when it should be otherwise. */
final class StoryActs {
  private static final String TRACE = DemoData.NGINX_TRACE;
  private static final int SERVICES = 4;
  // Of the five lines of a span, one comes before it and one after it.
  private static final int LINES_INSIDE = DemoData.LINES_PER_SPAN - 2;

  private StoryActs() {}

  static void findSpan(StoryScene scene) throws IOException, InterruptedException {
    Answer answer = scene.client().get(scene.tempo() + "/api/traces/" + TRACE);
    JsonNode batch = answer.json().path("batches").path(0);
    JsonNode span = batch.path("scopeSpans").path(0).path("spans").path(0);
    var found =
        new FoundSpan(
            hex(span.path("spanId").asString("")),
            attribute(batch.path("resource"), "service.name"),
            attribute(batch.path("resource"), "namespace"),
            Long.parseLong(span.path("startTimeUnixNano").asString("0")),
            Long.parseLong(span.path("endTimeUnixNano").asString("0")));
    long millis = TimeUnit.NANOSECONDS.toMillis(found.endNs() - found.startNs());
    scene.found(found);
    scene.tell("trace " + TRACE + ", span " + found.id());
    scene.tell(
        span.path("name").asString("?")
            + ": service.name="
            + found.service()
            + ", namespace="
            + found.namespace()
            + ", "
            + millis
            + " ms");
    StoryException.check(
        found.service().equals("nginx") && millis == 120, "it is not the span of the example");
  }

  static void askLoki(StoryScene scene) throws IOException, InterruptedException {
    Answer answer = scene.client().get(scene.loki() + grafanaRequest(scene.span()));
    int lines = entries(answer).size();
    scene.tell(grafanaQuery(scene.span()));
    scene.tell("Loki answers " + lines + " lines: those between start and end of the span");
    StoryException.check(lines == LINES_INSIDE, "expected " + LINES_INSIDE + " lines");
  }

  static void askSpanway(StoryScene scene) throws IOException, InterruptedException {
    Answer answer = scene.client().get(scene.spanway() + grafanaRequest(scene.span()));
    List<JsonNode> entries = entries(answer);
    scene.tell("Spanway answers " + entries.size() + " lines, also those just before and after");
    scene.tell("it recognised: " + answer.header("X-Spanway-Rewrite"));
    scene.tell("it sent: " + decoded(answer.header("X-Spanway-Query")));
    scene.tell("between: " + answer.header("X-Spanway-Window"));
    for (JsonNode entry : entries) {
      scene.sawEntry(entry);
      StoryException.check(
          entry.path(1).asString("").contains(TRACE), "a line of another trace: " + entry);
    }
    StoryException.check(
        entries.size() == DemoData.LINES_PER_SPAN,
        "expected " + DemoData.LINES_PER_SPAN + " lines");
    StoryException.check(
        answer.header("X-Spanway-Rewrite").startsWith("grafana-"),
        "expected Grafana's query to be recognised");
  }

  static void checkLinks(StoryScene scene) {
    JsonNode entry = scene.entry();
    JsonNode fields = entry.path(2).path("structuredMetadata");
    String id = fields.path("TraceID").asString("");
    String link = fields.path("trace_link").asString("");
    scene.tell(entry.path(1).asString(""));
    scene.tell("TraceID = " + id);
    scene.tell("trace_link = " + link);
    StoryException.check(id.equals(TRACE), "expected the field TraceID");
    StoryException.check(
        link.startsWith("http") && link.endsWith("/api/traces/" + TRACE),
        "expected a link to the trace");
  }

  static void fetchTrace(StoryScene scene) throws IOException, InterruptedException {
    String link = scene.entry().path(2).path("structuredMetadata").path("trace_link").asString("");
    String own = scene.spanway() + "/api/traces/" + TRACE;
    Answer answer = scene.client().get(link.isEmpty() ? own : link);
    List<String> services = new ArrayList<>();
    for (JsonNode batch : answer.json().path("batches")) {
      services.add(attribute(batch.path("resource"), "service.name"));
    }
    scene.tell("its services: " + String.join(", ", services));
    StoryException.check(services.size() == SERVICES, "expected " + SERVICES + " services");
  }

  static void askByIds(StoryScene scene) throws IOException, InterruptedException {
    String target = "/spanway/v1/logs?traceId=" + TRACE + "&spanId=" + scene.span().id();
    Answer answer = scene.client().get(scene.spanway() + target);
    int lines = entries(answer).size();
    scene.tell("GET " + target);
    scene.tell(lines + " lines from " + decoded(answer.header("X-Spanway-Query")));
    StoryException.check(
        lines == DemoData.LINES_PER_SPAN, "expected " + DemoData.LINES_PER_SPAN + " lines");
  }

  static void askWholeTrace(StoryScene scene) throws IOException, InterruptedException {
    String target = "/spanway/v1/logs?traceId=" + TRACE;
    Answer answer = scene.client().get(scene.spanway() + target);
    int lines = entries(answer).size();
    long services =
        answer
            .json()
            .path("data")
            .path("result")
            .valueStream()
            .map(element -> element.path("stream").path("service_name").asString(""))
            .distinct()
            .count();
    scene.tell("GET " + target);
    scene.tell(lines + " lines of " + services + " services: in the line, in JSON, in upper case,");
    scene.tell("and in structured metadata");
    int expected = SERVICES * DemoData.LINES_PER_SPAN;
    StoryException.check(
        lines == expected && services == SERVICES,
        "expected " + expected + " lines of " + SERVICES + " services");
  }

  static void askAgain(StoryScene scene) throws IOException, InterruptedException {
    String url = scene.spanway() + grafanaRequest(scene.span());
    Answer first = scene.client().get(url);
    Answer again = scene.client().get(url);
    String cache = again.header("X-Spanway-Cache");
    scene.tell("X-Spanway-Cache: " + cache + ", " + again.micros() + " µs");
    StoryException.check(cache.startsWith("hit"), "expected a hit");
    StoryException.check(
        first.json().path("data").path("result").equals(again.json().path("data").path("result")),
        "expected the same lines");
  }

  /** Writes what Grafana 11.4 and later send for "Logs for this span". */
  private static String grafanaQuery(FoundSpan span) {
    return "{service_name=\""
        + span.service()
        + "\", namespace=\""
        + span.namespace()
        + "\"} | label_format log_line_contains_trace_id=`{{ contains \""
        + TRACE
        + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
        + TRACE
        + '"';
  }

  private static String grafanaRequest(FoundSpan span) {
    // Grafana floors both ends to milliseconds.
    String start = TimeUnit.NANOSECONDS.toMillis(span.startNs()) + "000000";
    String end = TimeUnit.NANOSECONDS.toMillis(span.endNs()) + "000000";
    return "/loki/api/v1/query_range?"
        + QueryParameters.of(
                "query",
                grafanaQuery(span),
                "limit",
                "1000",
                "direction",
                "backward",
                "step",
                "20ms",
                "start",
                start,
                "end",
                end)
            .encode();
  }

  private static List<JsonNode> entries(Answer answer) {
    var entries = new ArrayList<JsonNode>();
    for (JsonNode element : answer.json().path("data").path("result")) {
      element.path("values").forEach(entries::add);
    }
    return entries;
  }

  private static String attribute(JsonNode holder, String key) {
    for (JsonNode attribute : holder.path("attributes")) {
      if (attribute.path("key").asString("").equals(key)) {
        return attribute.path("value").path("stringValue").asString("");
      }
    }
    return "";
  }

  private static String hex(String base64) {
    return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
  }

  private static String decoded(String header) {
    try {
      return URLDecoder.decode(header.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // A long query is cut, perhaps within an escape.
      return header;
    }
  }
}
