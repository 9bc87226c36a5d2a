// SPDX-License-Identifier: Apache-2.0
package io.spanway.explain;

import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.TagUse;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.model.TimeRange;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What Spanway does with a question, step by step, and why. Collected, then written. */
public final class Explanation {
  private final String original;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private String rule = "none";
  private String outcome = "untouched";
  private @Nullable SpanLogs asked;
  private @Nullable String query;
  private @Nullable Integer spans;
  private List<TagUse> tags = List.of();
  private List<LabelCheck> labels = List.of();

  private record Step(String what, String result) {}

  /**
   * Begins one.
   *
   * @param original the question as it came
   */
  public Explanation(String original) {
    this.original = original;
  }

  /** Adds a step: what was done, and what came of it. */
  public void step(String what, String result) {
    steps.add(new Step(what, result));
  }

  /** Notes what the question was recognised as. */
  public void recognised(String as) {
    rule = as;
  }

  /** Notes that the question, a query, goes to Loki as it came. */
  public void untouched() {
    String why = "not about a span or trace: it goes to Loki byte for byte";
    try {
      LogqlParser.parse(original);
    } catch (LogqlSyntaxException e) {
      why = "cannot be parsed, so that it goes to Loki byte for byte: " + e.getMessage();
    }
    step("recognition", why);
  }

  /** Notes that there is no query for the question, and why not. */
  public void refused(String why) {
    outcome = "refused";
    step("query", why);
  }

  /** Notes what a person should know. */
  public void warn(String warning) {
    warnings.add(warning);
  }

  /** Notes what {@code count} spans have of the configured tags. */
  public void tags(int count, List<TagUse> uses) {
    spans = count;
    tags = List.copyOf(uses);
  }

  /** Notes what Loki has of the labels. */
  public void labels(List<LabelCheck> checks) {
    labels = List.copyOf(checks);
  }

  /** Notes the queries that are sent to Loki. */
  public void queries(SpanLogs logs) {
    asked = logs;
    outcome = logs.rewritten() ? "rewritten" : "untouched";
    warnings.addAll(logs.warnings());
    TimeRange window = logs.window();
    step("window", time(window.startNs()) + " to " + time(window.endNs()) + ", end excluded");
    long texts = logs.queries().stream().mapToLong(query -> query.texts().size()).sum();
    step(
        "queries",
        texts == 1 ? "one query" : texts + " queries with disjoint answers, merged by time");
    if (logs.spanFilter() != null) {
      step(
          "span filter",
          "applied by Spanway to the lines of the trace"
              + (logs.spanFilter().soft() ? "; left out when no line carries a span ID" : ""));
    }
  }

  /** Notes the query that is sent to Loki, in the request's own window. */
  public void query(String text) {
    query = text;
    boolean same = text.equals(original);
    outcome = same ? "untouched" : "rewritten";
    step("queries", same ? "Loki has the fields itself: byte for byte" : "one query");
  }

  /** Returns what was noted of the configured tags. */
  public List<TagUse> tags() {
    return tags;
  }

  /** Writes it as JSON, in the order in which a person reads it. */
  public byte[] json() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("original", original);
    root.put("rule", rule);
    root.put("outcome", outcome);
    ArrayNode stepNodes = root.putArray("steps");
    for (Step step : steps) {
      stepNodes.addObject().put("step", step.what()).put("result", step.result());
    }
    SpanLogs logs = asked;
    ArrayNode queries = root.putArray("queries");
    if (logs != null) {
      logs.queries().forEach(query -> query.texts().forEach(queries::add));
      root.putObject("window")
          .put("start", Long.toString(logs.window().startNs()))
          .put("end", Long.toString(logs.window().endNs()));
      root.putObject("filters")
          .put("traceId", logs.filteredByTrace())
          .put("spanId", logs.filteredBySpan());
    }
    if (query != null) {
      queries.add(query);
    }
    writeTags(root);
    ArrayNode labelNodes = root.putArray("labels");
    for (LabelCheck check : labels) {
      ObjectNode node =
          labelNodes.addObject().put("label", check.label()).put("used", check.used());
      if (check.exists() != null) {
        node.put("inLoki", check.exists());
      }
      if (check.nearest() != null) {
        node.put("nearest", check.nearest());
      }
    }
    ArrayNode warningNodes = root.putArray("warnings");
    warnings.stream().distinct().forEach(warningNodes::add);
    byte[] json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    return (new String(json, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private void writeTags(ObjectNode root) {
    if (spans == null) {
      return;
    }
    ObjectNode node = root.putObject("tags");
    node.put("spans", spans);
    ArrayNode found = node.putArray("found");
    ArrayNode missing = node.putArray("missing");
    for (TagUse tag : tags) {
      boolean all = tag.spans() == spans && spans > 0;
      ObjectNode each = (all ? found : missing).addObject();
      each.put("key", tag.key()).put("label", tag.label());
      if (tag.structuredMetadata()) {
        each.put("in", "structuredMetadata");
      }
      if (tag.spans() > 0) {
        each.put("spans", tag.spans());
        ArrayNode values = each.putArray("values");
        tag.values().forEach(values::add);
      }
    }
  }

  private static String time(long ns) {
    return Instant.ofEpochSecond(
            Math.floorDiv(ns, 1_000_000_000L), Math.floorMod(ns, 1_000_000_000L))
        .toString();
  }
}
