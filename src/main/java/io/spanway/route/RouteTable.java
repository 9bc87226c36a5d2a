// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The known paths of Loki (grafana/loki:pkg/loki/modules.go), Tempo
 * (grafana/tempo:cmd/tempo/app/modules.go, pkg/api/http.go) and Spanway. Most are matched whole by
 * one look-up; those with a variable in them are found by the literal text before it.
 */
final class RouteTable {
  /** Stands for an encoded slash in the paths that are matched; no path holds a NUL of its own. */
  static final char ENCODED_SLASH = '\0';

  private static final Map<String, Operation> EXACT = exact();

  private static final Template[] TEMPLATES = {
    Template.segment(Operation.LOKI_LABEL_VALUES, "/loki/api/v1/label/", "name", "/values"),
    Template.segment(
        Operation.LOKI_DETECTED_FIELD_VALUES, "/loki/api/v1/detected_field/", "name", "/values"),
    Template.segment(Operation.TEMPO_TRACE_BY_ID_V2, "/api/v2/traces/", "id", ""),
    Template.segment(Operation.TEMPO_TRACE_BY_ID, "/api/traces/", "id", ""),
    Template.greedy(Operation.TEMPO_TAG_VALUES, "/api/v2/search/tag/", "tag", "/values"),
    Template.greedy(Operation.TEMPO_TAG_VALUES, "/api/search/tag/", "tag", "/values"),
    Template.segment(Operation.LOKI_LABEL_VALUES, "/api/prom/label/", "name", "/values"),
    Template.rest(Operation.LOKI_RULES, "/loki/api/v1/rules/"),
    Template.rest(Operation.LOKI_RULES, "/api/prom/rules/"),
    Template.segment(Operation.SPANWAY_TRACE_LOGS, "/spanway/v1/traces/", "id", "/logs"),
    Template.rest(Operation.TEMPO_GRPC_OTHER, "/tempopb.StreamingQuerier/"),
  };

  private RouteTable() {}

  /**
   * Finds the operation of a path.
   *
   * @param path without prefix, decoded once but for encoded slashes
   * @return the match, to be given the path as it came; null when the path is not known
   */
  static @Nullable Found find(String path) {
    Operation operation = EXACT.get(path);
    if (operation != null) {
      return new Found(operation, Map.of());
    }
    for (Template template : TEMPLATES) {
      if (path.startsWith(template.before)) {
        return template.match(path);
      }
    }
    return null;
  }

  /** An operation and its path variables. */
  record Found(Operation operation, Map<String, String> variables) {}

  private record Template(
      Operation operation, String before, String variable, String after, boolean greedy) {
    static Template segment(Operation operation, String before, String variable, String after) {
      return new Template(operation, before, variable, after, false);
    }

    /** The variable may hold slashes: it goes up to the last {@code after}. */
    static Template greedy(Operation operation, String before, String variable, String after) {
      return new Template(operation, before, variable, after, true);
    }

    static Template rest(Operation operation, String before) {
      return new Template(operation, before, "", "", true);
    }

    @Nullable Found match(String path) {
      int from = before.length();
      int to = path.length() - after.length();
      if (to <= from || !path.endsWith(after)) {
        return null;
      }
      if (!greedy && path.indexOf('/', from) >= 0 && path.indexOf('/', from) < to) {
        return null;
      }
      if (variable.isEmpty()) {
        return new Found(operation, Map.of());
      }
      return new Found(
          operation, Map.of(variable, path.substring(from, to).replace(ENCODED_SLASH, '/')));
    }
  }

  private static Map<String, Operation> exact() {
    Map<String, Operation> exact = new HashMap<>();
    lokiApi(exact);
    tempoApi(exact);
    exact.put("/spanway/v1/logs", Operation.SPANWAY_LOGS);
    exact.put("/spanway/v1/explain", Operation.SPANWAY_EXPLAIN);
    exact.put("/spanway/v1/openapi.json", Operation.SPANWAY_OPENAPI);
    return Map.copyOf(exact);
  }

  private static void lokiApi(Map<String, Operation> exact) {
    String api = "/loki/api/v1/";
    exact.put(api + "query_range", Operation.LOKI_QUERY_RANGE);
    exact.put(api + "query", Operation.LOKI_QUERY);
    exact.put(api + "labels", Operation.LOKI_LABELS);
    exact.put(api + "label", Operation.LOKI_LABELS);
    exact.put(api + "series", Operation.LOKI_SERIES);
    exact.put(api + "index/stats", Operation.LOKI_INDEX_STATS);
    exact.put(api + "index/shards", Operation.LOKI_INDEX_SHARDS);
    exact.put(api + "index/volume", Operation.LOKI_INDEX_VOLUME);
    exact.put(api + "index/volume_range", Operation.LOKI_INDEX_VOLUME_RANGE);
    exact.put(api + "patterns", Operation.LOKI_PATTERNS);
    exact.put(api + "detected_labels", Operation.LOKI_DETECTED_LABELS);
    exact.put(api + "detected_fields", Operation.LOKI_DETECTED_FIELDS);
    exact.put(api + "format_query", Operation.LOKI_FORMAT_QUERY);
    exact.put(api + "drilldown-limits", Operation.LOKI_DRILLDOWN_LIMITS);
    exact.put(api + "status/buildinfo", Operation.LOKI_BUILDINFO);
    exact.put(api + "tail", Operation.LOKI_TAIL);
    // What Grafana's experimental live queries ask for.
    exact.put("/loki/api/v2alpha/tail", Operation.LOKI_TAIL);
    exact.put(api + "push", Operation.LOKI_PUSH);
    exact.put(api + "delete", Operation.LOKI_DELETE);
    exact.put(api + "rules", Operation.LOKI_RULES);
    exact.put("/api/prom/query", Operation.LOKI_LEGACY_QUERY);
    exact.put("/api/prom/label", Operation.LOKI_LABELS);
    exact.put("/api/prom/series", Operation.LOKI_SERIES);
    exact.put("/api/prom/tail", Operation.LOKI_TAIL);
    exact.put("/api/prom/push", Operation.LOKI_PUSH);
    exact.put("/api/prom/rules", Operation.LOKI_RULES);
    exact.put("/prometheus/api/v1/rules", Operation.LOKI_RULES);
    exact.put("/prometheus/api/v1/alerts", Operation.LOKI_RULES);
    exact.put("/otlp/v1/logs", Operation.LOKI_PUSH);
    exact.put("/config/tenant/v1/limits", Operation.LOKI_OTHER);
    exact.put("/ready", Operation.LOKI_READY);
  }

  private static void tempoApi(Map<String, Operation> exact) {
    exact.put("/api/search", Operation.TEMPO_SEARCH);
    exact.put("/api/search/tags", Operation.TEMPO_TAGS);
    exact.put("/api/v2/search/tags", Operation.TEMPO_TAGS);
    exact.put("/api/metrics/query_range", Operation.TEMPO_METRICS_RANGE);
    exact.put("/api/metrics/query", Operation.TEMPO_METRICS_INSTANT);
    exact.put("/api/metrics/summary", Operation.TEMPO_METRICS_SUMMARY);
    exact.put("/api/overrides", Operation.TEMPO_OVERRIDES);
    exact.put("/api/mcp", Operation.TEMPO_MCP);
    exact.put("/api/echo", Operation.TEMPO_ECHO);
    exact.put("/api/status/buildinfo", Operation.TEMPO_STATUS);
    String grpc = "/tempopb.StreamingQuerier/";
    exact.put(grpc + "Search", Operation.TEMPO_GRPC_SEARCH);
    exact.put(grpc + "SearchTags", Operation.TEMPO_GRPC_TAGS);
    exact.put(grpc + "SearchTagsV2", Operation.TEMPO_GRPC_TAGS);
    exact.put(grpc + "SearchTagValues", Operation.TEMPO_GRPC_TAGS);
    exact.put(grpc + "SearchTagValuesV2", Operation.TEMPO_GRPC_TAGS);
    exact.put(grpc + "MetricsQueryRange", Operation.TEMPO_GRPC_METRICS);
    exact.put(grpc + "MetricsQueryInstant", Operation.TEMPO_GRPC_METRICS);
  }
}
