// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.logql.LogQuery;
import io.spanway.logql.MetricQuery;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the demo's Loki answers to each of its read endpoints. Thread-safe. */
final class LokiApi {
  static final String JSON = "application/json; charset=UTF-8";
  private static final int HISTORY = 100;

  private final LogStore store;

  LokiApi(LogStore store) {
    this.store = store;
  }

  DemoReply queryRange(QueryParameters parameters, long nowNs, boolean isCategorized)
      throws RefusedException {
    LokiQuery query = LokiQuery.range(parameters, nowNs);
    if (query.query() instanceof MetricQuery metric) {
      return DemoReply.json(JSON, MetricAnswer.matrix(metric.expr(), query, store));
    }
    LogStages stages = LogStages.compile(((LogQuery) query.query()).pipeline());
    // Loki 3.4 answers the entries at that instant when start and end are the same.
    long end = query.endNs() == query.startNs() ? query.endNs() + 1 : query.endNs();
    List<DemoEntry> entries = select(stages, query.startNs(), end);
    long bytes = entries.stream().mapToLong(entry -> entry.line().length()).sum();
    List<LogRow> rows = run(stages, entries);
    long kept = rows.size();
    if (!query.isForward()) {
      Collections.reverse(rows);
    }
    List<LogRow> answer = rows.subList(0, Math.min(rows.size(), query.limit()));
    var stats = new LokiStats(entries.size(), bytes, kept, answer.size());
    return DemoReply.json(JSON, LogAnswer.streams(answer, isCategorized, stats));
  }

  DemoReply query(QueryParameters parameters, long nowNs) throws RefusedException {
    LokiQuery query = LokiQuery.instant(parameters, nowNs);
    MetricQuery metric = (MetricQuery) query.query();
    return DemoReply.json(JSON, MetricAnswer.vector(metric.expr(), query, store));
  }

  DemoReply labels(QueryParameters parameters, long nowNs) throws RefusedException {
    var names = new TreeSet<String>();
    streams(parameters, parameters.first("query"), nowNs)
        .forEach(stream -> names.addAll(stream.keySet()));
    return names(names);
  }

  DemoReply labelValues(String label, QueryParameters parameters, long nowNs)
      throws RefusedException {
    var values = new TreeSet<String>();
    for (SortedMap<String, String> stream : streams(parameters, parameters.first("query"), nowNs)) {
      String value = stream.get(label);
      if (value != null) {
        values.add(value);
      }
    }
    return names(values);
  }

  /** Loki leaves {@code data} out when there is none. */
  private static DemoReply names(Set<String> names) {
    var out = new StringBuilder("{\"status\":\"success\"");
    if (!names.isEmpty()) {
      out.append(",\"data\":");
      JsonText.array(out, names);
    }
    return DemoReply.json(JSON, out.append("}\n").toString());
  }

  DemoReply series(QueryParameters parameters, long nowNs) throws RefusedException {
    var selectors = new ArrayList<String>(parameters.all("match[]"));
    selectors.addAll(parameters.all("match"));
    var series = new TreeMap<String, SortedMap<String, String>>();
    if (selectors.isEmpty()) {
      selectors.add("");
    }
    for (String selector : selectors) {
      for (SortedMap<String, String> stream : streams(parameters, selector, nowNs)) {
        series.put(LabelKey.of(stream), stream);
      }
    }
    var out = new StringBuilder("{\"status\":\"success\",\"data\":[");
    String comma = "";
    for (SortedMap<String, String> labels : series.values()) {
      out.append(comma);
      JsonText.object(out, labels);
      comma = ",";
    }
    return DemoReply.json(JSON, out.append("]}\n").toString());
  }

  DemoReply indexStats(QueryParameters parameters, long nowNs) throws RefusedException {
    List<DemoEntry> entries = entries(parameters, parameters.first("query"), nowNs);
    long streams = entries.stream().map(DemoEntry::stream).distinct().count();
    long bytes = entries.stream().mapToLong(entry -> entry.line().length()).sum();
    String body =
        "{\"streams\":%d,\"chunks\":%d,\"bytes\":%d,\"entries\":%d}\n"
            .formatted(streams, streams, bytes, entries.size());
    return DemoReply.json(JSON, body);
  }

  DemoReply detectedFields(QueryParameters parameters, long nowNs) throws RefusedException {
    LokiTimes.Bounds bounds = LokiQuery.bounds(parameters, nowNs);
    String text = parameters.first("query");
    if (!(LokiQuery.parse(text == null ? "" : text) instanceof LogQuery query)) {
      throw new RefusedException("only log selector is supported");
    }
    LogStages stages = LogStages.compile(query.pipeline());
    List<LogRow> rows = run(stages, select(stages, bounds.startNs(), bounds.endNs()));
    return DemoReply.json(JSON, DetectedFieldNames.answer(rows));
  }

  /** Checks a query; unlike Loki, answers it as it was written. */
  DemoReply formatQuery(QueryParameters parameters) {
    String query = parameters.first("query");
    var out = new StringBuilder();
    try {
      String text = LokiQuery.parse(query == null ? "" : query).text();
      JsonText.string(out.append("{\"status\":\"success\",\"data\":"), text.strip());
    } catch (RefusedException e) {
      JsonText.string(out.append("{\"status\":\"invalid-query\",\"error\":"), e.getMessage());
      return DemoReply.json(JSON, out.append("}\n").toString()).withStatus(400);
    }
    return DemoReply.json(JSON, out.append("}\n").toString());
  }

  /**
   * Makes the handler of a tail.
   *
   * @throws RefusedException before the upgrade, when the query is none that can be tailed
   */
  TailHandler tail(QueryParameters parameters, long nowNs, boolean isCategorized)
      throws RefusedException {
    String text = parameters.first("query");
    if (!(LokiQuery.parse(text == null ? "" : text) instanceof LogQuery query)) {
      throw new RefusedException("unsupported query expression: want a log query");
    }
    LogStages stages = LogStages.compile(query.pipeline());
    long start = LokiQuery.bounds(parameters, nowNs).startNs();
    List<LogRow> rows = run(stages, select(stages, start, nowNs + 1));
    List<LogRow> newest = rows.subList(Math.max(0, rows.size() - HISTORY), rows.size());
    return new TailHandler(stages, store, newest, isCategorized);
  }

  private List<DemoEntry> select(LogStages stages, long startNs, long endNs) {
    List<DemoEntry> entries = store.between(startNs, endNs);
    entries.removeIf(entry -> !stages.selects(entry.stream()));
    return entries;
  }

  private static List<LogRow> run(LogStages stages, List<DemoEntry> entries) {
    var rows = new ArrayList<LogRow>();
    for (DemoEntry entry : entries) {
      LogRow row = stages.run(entry);
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }

  private List<DemoEntry> entries(QueryParameters parameters, @Nullable String selector, long nowNs)
      throws RefusedException {
    LokiTimes.Bounds bounds = LokiQuery.bounds(parameters, nowNs);
    LogStages stages = LokiQuery.selector(selector);
    Predicate<DemoEntry> selected = entry -> stages == null || stages.selects(entry.stream());
    return store.between(bounds.startNs(), bounds.endNs()).stream().filter(selected).toList();
  }

  private List<SortedMap<String, String>> streams(
      QueryParameters parameters, @Nullable String selector, long nowNs) throws RefusedException {
    return entries(parameters, selector, nowNs).stream().map(DemoEntry::stream).distinct().toList();
  }
}
