// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Looks what labels, tags and traces there are, and makes the questions from them. */
final class EqualQuestions {
  private static final long SECOND = 1_000_000_000L;
  private static final int SELECTORS = 6;
  private static final int NAMES = 8;
  private static final int TRACES = 8;
  private static final Map<String, String> CATEGORISED =
      Map.of("X-Loki-Response-Encoding-Flags", "categorize-labels");
  private static final List<String> ACCEPTS =
      List.of("", "application/json", "application/protobuf", "application/vnd.grafana.llm");

  private final Equal asker;
  private final List<Equal.Question> questions = new ArrayList<>();
  private final List<String> selectors = new ArrayList<>();
  private final List<String> services = new ArrayList<>();
  // What is still being written differs by the moment of asking: whole minutes that are over.
  private final long end = System.currentTimeMillis() / 60_000 * 60 * SECOND - 60 * SECOND;

  EqualQuestions(Equal asker) {
    this.asker = asker;
  }

  List<Equal.Question> all() throws IOException, InterruptedException {
    List<String> names = strings(loki("labels", "/loki/api/v1/labels", window(168)), "data");
    for (String name : Equal.firstOf(names, NAMES)) {
      String path = "/loki/api/v1/label/" + encoded(name) + "/values";
      List<String> values = strings(loki("label values", path, window(168)), "data");
      loki("label values", path, Map.of());
      for (String value : Equal.firstOf(values, 2)) {
        if (selectors.size() < SELECTORS) {
          selectors.add("{" + name + "=\"" + escaped(value) + "\"}");
        }
      }
    }
    if (!names.isEmpty()) {
      selectors.add("{" + names.get(0) + "=~\".+\"}");
    }
    lokiMetadata();
    for (long hours : new long[] {1, 24}) {
      for (String selector : selectors) {
        logs(selector, hours);
        metrics(selector, hours);
      }
    }
    lokiErrors();
    traces();
    tempoSearch();
    return questions;
  }

  List<String> tailQueries() {
    return Equal.firstOf(selectors, 3);
  }

  /** Calls of Tempo's streaming service. */
  List<EqualGrpc.Call> calls() {
    var calls = new ArrayList<EqualGrpc.Call>();
    for (String query : traceQueries()) {
      calls.add(EqualGrpc.Call.search(query, start(24) / SECOND, end / SECOND));
      calls.add(EqualGrpc.Call.metrics(query + " | rate()", start(1), end));
    }
    calls.add(EqualGrpc.Call.tags("resource", start(24) / SECOND, end / SECOND));
    calls.add(EqualGrpc.Call.values("resource.service.name", start(24) / SECOND, end / SECOND));
    calls.add(EqualGrpc.Call.search("{ not TraceQL", start(1) / SECOND, end / SECOND));
    return calls;
  }

  private void lokiMetadata() throws IOException, InterruptedException {
    loki("labels", "/loki/api/v1/label", window(24));
    loki("labels", "/loki/api/v1/labels", Map.of());
    loki("legacy", "/api/prom/label", Map.of());
    for (String selector : selectors) {
      for (long hours : new long[] {1, 24}) {
        Map<String, String> query = with(window(hours), "query", selector);
        loki("labels", "/loki/api/v1/labels", query);
        loki("series", "/loki/api/v1/series", with(window(hours), "match[]", selector));
        loki("index stats", "/loki/api/v1/index/stats", query);
        loki(
            "index shards",
            "/loki/api/v1/index/shards",
            with(query, "targetBytesPerShard", "100MB"));
        loki("index volume", "/loki/api/v1/index/volume", query);
        loki("index volume", "/loki/api/v1/index/volume", with(query, "aggregateBy", "labels"));
        loki("index volume range", "/loki/api/v1/index/volume_range", with(query, "step", "300"));
        loki("patterns", "/loki/api/v1/patterns", query);
        loki("detected labels", "/loki/api/v1/detected_labels", query);
        JsonNode fields = loki("detected fields", "/loki/api/v1/detected_fields", query);
        for (JsonNode field : fields.path("fields")) {
          String name = encoded(field.path("label").asString(""));
          String path = "/loki/api/v1/detected_field/" + name + "/values";
          if (questions.stream().noneMatch(q -> q.target().startsWith(path))) {
            loki("detected field values", path, query);
          }
        }
        loki("legacy", "/api/prom/query", with(query, "limit", "50"));
      }
      loki("legacy", "/api/prom/series", with(window(24), "match[]", selector));
      loki("format query", "/loki/api/v1/format_query", Map.of("query", selector + "|json|a=`b`"));
      post("series", "/loki/api/v1/series", with(window(24), "match[]", selector));
      post("labels", "/loki/api/v1/labels", with(window(24), "query", selector));
    }
    for (String path :
        List.of(
            "/loki/api/v1/status/buildinfo",
            "/loki/api/v1/drilldown-limits",
            "/config/tenant/v1/limits",
            "/loki/api/v1/rules",
            "/api/prom/rules",
            "/prometheus/api/v1/rules",
            "/prometheus/api/v1/alerts",
            "/loki/api/v1/delete",
            "/ready")) {
      loki("loki status and rules", path, Map.of());
    }
  }

  private void logs(String selector, long hours) throws IOException, InterruptedException {
    List<String> queries =
        List.of(
            selector,
            selector + " |= `e`",
            selector + " != `e` |~ `(?i)[a-f]{2}`",
            selector + " | json",
            selector + " | logfmt | level!=``",
            selector + " | detected_level=~`error|warn|info`",
            selector + " | line_format `{{__line__ | upper}}` | label_format a=`b`",
            selector + " | trace_id!=`` # a comment");
    for (String query : queries) {
      for (String direction : List.of("forward", "backward")) {
        for (String limit : List.of("3", "1000")) {
          Map<String, String> parameters =
              with(
                  with(with(window(hours), "query", query), "direction", direction),
                  "limit",
                  limit);
          loki("query_range, logs", "/loki/api/v1/query_range", parameters);
          add(true, "query_range, logs", "/loki/api/v1/query_range", parameters, CATEGORISED);
        }
      }
    }
    Map<String, String> first = with(window(hours), "query", selector);
    post("query_range, logs", "/loki/api/v1/query_range", first);
    add(
        true,
        "query_range, logs",
        "/loki/api/v1/query_range",
        first,
        Map.of("Accept-Encoding", "gzip"));
    // Parts of a window that was asked for before: held pieces put together.
    for (int part = 1; part <= 3; part++) {
      Map<String, String> shifted = new LinkedHashMap<>(with(first, "limit", "5000"));
      shifted.put("start", "" + (start(hours) + hours * part * 600 * SECOND));
      shifted.put("end", "" + (end - hours * part * 300 * SECOND));
      loki("query_range, logs", "/loki/api/v1/query_range", shifted);
    }
  }

  private void metrics(String selector, long hours) throws IOException, InterruptedException {
    List<String> queries =
        List.of(
            "sum(count_over_time(" + selector + "[5m]))",
            "sum by (detected_level) (rate(" + selector + " |= `e` [1m]))",
            "topk(2, bytes_over_time(" + selector + "[10m]))",
            "quantile_over_time(0.9, " + selector + " | logfmt | unwrap bytes(size) [5m]) by (app)",
            "absent_over_time(" + selector + "[5m]) or vector(1)",
            "max(count_over_time(" + selector + "[5m] offset 5m)) > bool 1");
    for (String query : queries) {
      for (String step : List.of("60000ms", "5m")) {
        loki(
            "query_range, metrics",
            "/loki/api/v1/query_range",
            with(with(window(hours), "query", query), "step", step));
      }
      loki(
          "query",
          "/loki/api/v1/query",
          with(with(Map.of("time", "" + end), "query", query), "limit", "10"));
    }
  }

  private void lokiErrors() throws IOException, InterruptedException {
    String path = "/loki/api/v1/query_range";
    for (String query : List.of("{", "{}", "{a=~`.*`}", "sum({a=`b`})", "", "{a=`b`} | nonsense")) {
      loki("loki errors", path, with(window(1), "query", query));
      loki("loki errors", "/loki/api/v1/format_query", Map.of("query", query));
      loki("loki errors", "/loki/api/v1/query", Map.of("query", query));
    }
    Map<String, String> good = with(window(1), "query", "{a=`b`}");
    loki("loki errors", path, with(good, "start", "yesterday"));
    loki("loki errors", path, with(good, "start", "" + (end + 1)));
    loki("loki errors", path, with(good, "limit", "0"));
    loki("loki errors", path, with(good, "limit", "1000000"));
    loki("loki errors", path, with(good, "direction", "sideways"));
    loki("loki errors", path, with(good, "step", "0"));
    loki("loki errors", "/loki/api/v1/query", good);
    loki("loki errors", "/loki/api/v1/nothing-here", Map.of());
  }

  private void traces() throws IOException, InterruptedException {
    Set<String> ids = new LinkedHashSet<>();
    for (String query : List.of("{}", "{ status = error }")) {
      for (JsonNode trace : tempo("search", "/api/search", search(query, 24)).path("traces")) {
        ids.add(
            "0".repeat(Math.max(0, 32 - trace.path("traceID").asString("").length()))
                + trace.path("traceID").asString(""));
        String service = trace.path("rootServiceName").asString("");
        if (!service.isEmpty() && !service.startsWith("<") && !services.contains(service)) {
          services.add(service);
        }
      }
    }
    List<String> asked = new ArrayList<>(Equal.firstOf(ids, TRACES));
    asked.addAll(List.of("00000000000000000000000000000abc", "abc", "xyz", "1".repeat(33)));
    if (!ids.isEmpty()) {
      String first = asked.get(0);
      asked.add(first.toUpperCase(java.util.Locale.ROOT));
      asked.add(first + "?start=" + start(24) / SECOND + "&end=" + end / SECOND);
    }
    for (String id : asked) {
      for (String version : List.of("/api/traces/", "/api/v2/traces/")) {
        for (String accept : ACCEPTS) {
          Map<String, String> headers = accept.isEmpty() ? Map.of() : Map.of("Accept", accept);
          add(false, "trace by ID", version + id, Map.of(), headers);
        }
        add(false, "trace by ID", version + id, Map.of(), Map.of("Accept-Encoding", "gzip"));
      }
    }
  }

  private List<String> traceQueries() {
    var queries = new ArrayList<>(List.of("{}", "{ status = error }", "{ duration > 10ms }"));
    for (String service : Equal.firstOf(services, 4)) {
      queries.add("{ resource.service.name = \"" + escaped(service) + "\" }");
    }
    return queries;
  }

  private void tempoSearch() throws IOException, InterruptedException {
    for (String query : traceQueries()) {
      for (long hours : new long[] {1, 24}) {
        tempo("search", "/api/search", search(query, hours));
        tempo("search", "/api/search", with(with(search(query, hours), "limit", "2"), "spss", "1"));
        for (String function :
            List.of(
                "rate()",
                "count_over_time() by (resource.service.name)",
                "quantile_over_time(duration, .9)")) {
          Map<String, String> metrics = search(query + " | " + function, hours);
          tempo("TraceQL metrics", "/api/metrics/query_range", with(metrics, "step", "60s"));
          tempo("TraceQL metrics", "/api/metrics/query", metrics);
        }
      }
    }
    for (String service : Equal.firstOf(services, 4)) {
      tempo("search", "/api/search", with(seconds(24), "tags", "service.name=\"" + service + "\""));
      tempo(
          "search",
          "/api/search",
          with(
              with(seconds(24), "tags", "service.name=\"" + service + "\""), "minDuration", "1ms"));
    }
    Set<String> tags = new LinkedHashSet<>();
    for (String scope : List.of("", "resource", "span", "intrinsic", "event")) {
      Map<String, String> parameters =
          scope.isEmpty() ? seconds(24) : with(seconds(24), "scope", scope);
      tempo("tags", "/api/search/tags", parameters);
      JsonNode answer = tempo("tags", "/api/v2/search/tags", parameters);
      for (JsonNode one : answer.path("scopes")) {
        String prefix = one.path("name").asString("");
        for (String tag : strings(one, "tags")) {
          tags.add(prefix.equals("intrinsic") ? tag : prefix + "." + tag);
        }
      }
    }
    for (String tag : Equal.firstOf(tags, 20)) {
      String path = encoded(tag) + "/values";
      tempo("tag values", "/api/v2/search/tag/" + path, seconds(24));
      tempo(
          "tag values", "/api/v2/search/tag/" + path, with(seconds(24), "q", "{ status = error }"));
      String bare = encoded(tag.substring(tag.indexOf('.') + 1));
      tempo("tag values", "/api/search/tag/" + bare + "/values", seconds(24));
    }
    tempo("tempo errors", "/api/search", search("{ not TraceQL", 1));
    tempo("tempo errors", "/api/search", Map.of("q", "{}", "start", "5"));
    tempo("tempo errors", "/api/search", with(search("{}", 1), "limit", "many"));
    tempo("tempo errors", "/api/metrics/query_range", search("{}", 1));
    tempo("tempo errors", "/api/metrics/query_range", search("{", 1));
    tempo("tempo status", "/api/metrics/summary", search("{}", 1));
    tempo("tempo status", "/api/echo", Map.of());
    tempo("tempo status", "/api/status/buildinfo", Map.of());
    tempo("tempo status", "/api/overrides", Map.of());
  }

  private JsonNode loki(String endpoint, String path, Map<String, String> parameters)
      throws IOException, InterruptedException {
    return json(add(true, endpoint, path, parameters, Map.of()));
  }

  private JsonNode tempo(String endpoint, String path, Map<String, String> parameters)
      throws IOException, InterruptedException {
    return json(add(false, endpoint, path, parameters, Map.of()));
  }

  /** What the server says, where the next questions depend on it. */
  private JsonNode json(Equal.Question question) throws IOException, InterruptedException {
    boolean discovers =
        question.endpoint().matches("labels|label values|detected fields|search|tags");
    return Loki.json(discovers ? asker.ask(question).body() : new byte[] {'{', '}'});
  }

  private Equal.Question add(
      boolean ofLoki,
      String endpoint,
      String path,
      Map<String, String> parameters,
      Map<String, String> headers) {
    String target = parameters.isEmpty() ? path : path + "?" + form(parameters);
    var question = new Equal.Question(ofLoki, endpoint, target, null, headers);
    questions.add(question);
    return question;
  }

  private void post(String endpoint, String path, Map<String, String> parameters) {
    questions.add(new Equal.Question(true, endpoint, path, form(parameters), Map.of()));
  }

  private Map<String, String> search(String query, long hours) {
    return with(seconds(hours), "q", query);
  }

  private Map<String, String> seconds(long hours) {
    return with(Map.of("start", "" + start(hours) / SECOND), "end", "" + end / SECOND);
  }

  private Map<String, String> window(long hours) {
    return with(Map.of("start", "" + start(hours)), "end", "" + end);
  }

  private long start(long hours) {
    return end - hours * 3600 * SECOND;
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    var more = new LinkedHashMap<>(map);
    more.put(name, value);
    return more;
  }

  private static String form(Map<String, String> parameters) {
    var text = new StringBuilder();
    parameters.forEach(
        (name, value) ->
            text.append(text.isEmpty() ? "" : "&").append(name).append('=').append(encoded(value)));
    return text.toString().replace("[]", "%5B%5D");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static List<String> strings(JsonNode node, String name) {
    var strings = new ArrayList<String>();
    node.path(name).forEach(one -> strings.add(one.asString("")));
    return strings;
  }
}
