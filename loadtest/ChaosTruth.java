// SPDX-License-Identifier: Apache-2.0

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the fake Loki and Tempo hold: a function of who asks and what is asked, so that each answer
 * can be told from any other, whole from cut, and right from put together wrongly.
 */
final class ChaosTruth {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final int STEP = 60;
  private static final String[] KINDS = {
    "logs", "logs", "logs", "folded", "metric", "metric", "labels", "search", "trace", "plain"
  };

  private ChaosTruth() {}

  /** A question and who asks it; {@code from} and {@code to} in minutes since the epoch. */
  record Question(
      String kind,
      int tenant,
      int credential,
      int app,
      long from,
      long to,
      int limit,
      boolean forward) {
    String who() {
      return "tenant=t" + tenant + " cred=c" + credential + " app=q" + app;
    }

    String target() {
      return switch (kind) {
        case "logs", "folded" ->
            "/loki/api/v1/query_range?query=%7Bapp%3D%22q"
                + app
                + "%22%7D&start="
                + from * STEP
                + "000000000&end="
                + to * STEP
                + "000000000&limit="
                + limit
                + "&direction="
                + (forward ? "forward" : "backward");
        case "metric" ->
            "/loki/api/v1/query_range?query=sum(count_over_time(%7Bapp%3D%22q"
                + app
                + "%22%7D%5B1m%5D))&start="
                + from * STEP
                + "&end="
                + to * STEP
                + "&step="
                + STEP;
        case "labels" ->
            "/loki/api/v1/labels?start="
                + from * STEP
                + "000000000&end="
                + to * STEP
                + "000000000&query=%7Bapp%3D%22q"
                + app
                + "%22%7D";
        case "search" ->
            "/api/search?q=%7B.app%3D%22q"
                + app
                + "%22%7D&start="
                + from * STEP
                + "&end="
                + to * STEP
                + "&limit="
                + limit;
        case "trace" -> "/api/traces/" + hex(tenant, credential, app, from);
        default -> "/loki-ds/plain?app=q" + app + "&from=" + from + "&limit=" + limit;
      };
    }
  }

  static Question random(Random random, long nowMinutes) {
    String kind = KINDS[random.nextInt(KINDS.length)];
    // Mostly of days ago, among few windows, so that answers are shared, held and put together.
    long end =
        random.nextInt(4) == 0
            ? nowMinutes - random.nextInt(3)
            : nowMinutes / 1440 * 1440 - 2880 + 10 * random.nextInt(12);
    long length = 10 + 10 * random.nextInt(12);
    int app = random.nextInt(5);
    return new Question(
        kind,
        random.nextInt(3),
        random.nextInt(2),
        app,
        end - length,
        end,
        random.nextInt(3) == 0 ? 25 : 500,
        random.nextBoolean());
  }

  private static long mix(long tenant, long credential, long app, long n) {
    long x = tenant * 1_000_003 + credential * 7_919 + app * 104_729 + n * 0x9E3779B97F4A7C15L;
    x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return x ^ x >>> 31;
  }

  private static String hex(int tenant, int credential, int app, long n) {
    return String.format(
        "%016x%016x", mix(tenant, credential, app, n), mix(credential, app, tenant, n) | 1);
  }

  /** The lines of app 4 are long. */
  static String line(Question q, long n) {
    String id = hex(q.tenant, q.credential, q.app, n);
    return q.who() + " n=" + n + " trace_id=" + id + " pad=" + "x".repeat(q.app == 4 ? 2000 : 20);
  }

  /** Reads a question back from a request; null for what is none. */
  static Question read(String target, String tenant, String authorization, boolean folded) {
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    Map<String, String> p = new HashMap<>();
    if (mark >= 0) {
      for (String pair : target.substring(mark + 1).split("&")) {
        int is = pair.indexOf('=');
        String value =
            java.net.URLDecoder.decode(pair.substring(is + 1), StandardCharsets.UTF_8);
        p.put(pair.substring(0, Math.max(is, 0)), value);
      }
    }
    if (tenant == null || authorization == null || !authorization.startsWith("Bearer c")) {
      return null;
    }
    int t = Integer.parseInt(tenant.substring(1));
    int c = Integer.parseInt(authorization.substring(8));
    int limit = Integer.parseInt(p.getOrDefault("limit", "0"));
    boolean forward = "forward".equals(p.get("direction"));
    long start = seconds(p.get("start")) / STEP;
    long end = seconds(p.get("end")) / STEP;
    String query = p.getOrDefault("query", p.getOrDefault("q", ""));
    int app = query.contains("\"q") ? query.charAt(query.indexOf("\"q") + 2) - '0' : 0;
    return switch (path) {
      case "/loki/api/v1/query_range" ->
          new Question(
              query.startsWith("sum") ? "metric" : folded ? "folded" : "logs",
              t,
              c,
              app,
              // Windows that Spanway cuts need not begin at a whole minute.
              query.startsWith("sum") ? start : minutesUp(p.get("start")),
              query.startsWith("sum") ? end : minutesUp(p.get("end")),
              limit,
              forward);
      case "/loki/api/v1/labels" -> new Question("labels", t, c, app, start, end, 0, false);
      case "/api/search" -> new Question("search", t, c, app, start, end, limit, false);
      case "/plain" ->
          new Question(
              "plain",
              t,
              c,
              p.get("app").charAt(1) - '0',
              Long.parseLong(p.get("from")),
              0,
              limit,
              false);
      default ->
          path.startsWith("/api/traces/")
              ? new Question("trace:" + path.substring(12), t, c, 0, 0, 0, 0, false)
              : null;
    };
  }

  private static long seconds(String time) {
    if (time == null) {
      return 0;
    }
    return time.length() > 12 ? Long.parseLong(time) / 1_000_000_000 : (long) Double.parseDouble(time);
  }

  private static long minutesUp(String time) {
    long ns = time.length() > 12 ? Long.parseLong(time) : Long.parseLong(time) * 1_000_000_000;
    long minute = STEP * 1_000_000_000L;
    return (ns + minute - 1) / minute;
  }

  /** The times of a log query's lines, in the answer's order. */
  private static List<Long> times(Question q) {
    List<Long> times = new ArrayList<>();
    for (long i = 0; i < Math.min(q.limit, q.to - q.from); i++) {
      times.add(q.forward ? q.from + i : q.to - 1 - i);
    }
    return times;
  }

  private static long value(Question q, long n) {
    return 1 + (mix(q.tenant, q.credential, q.app, n) >>> 1) % 1000;
  }

  /** What the upstream answers. */
  static byte[] body(Question q) {
    StringBuilder out = new StringBuilder();
    switch (q.kind) {
      case "logs", "folded" -> {
        boolean folded = q.kind.equals("folded");
        out.append("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",");
        out.append(folded ? "" : "\"encodingFlags\":[\"categorize-labels\"],").append("\"result\":[");
        List<Long> times = times(q);
        if (!times.isEmpty()) {
          out.append("{\"stream\":{\"app\":\"q").append(q.app).append("\"},\"values\":[");
          String separator = "";
          for (long n : times) {
            out.append(separator).append("[\"").append(n * STEP).append("000000000\",\"");
            out.append(line(q, n)).append(folded ? "\"]" : "\",{}]");
            separator = ",";
          }
          out.append("]}");
        }
        out.append("],\"stats\":{}}}\n");
      }
      case "metric" -> {
        out.append("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
        out.append("{\"metric\":{},\"values\":[");
        for (long n = q.from; n <= q.to; n++) {
          out.append(n == q.from ? "[" : ",[").append(n * STEP).append(",\"");
          out.append(value(q, n)).append("\"]");
        }
        out.append("]}],\"stats\":{}}}\n");
      }
      case "labels" ->
          out.append("{\"status\":\"success\",\"data\":[\"")
              .append(q.who())
              .append(' ')
              .append(q.from)
              .append('-')
              .append(q.to)
              .append("\"]}\n");
      case "search" ->
          out.append("{\"traces\":[{\"traceID\":\"")
              .append(hex(q.tenant, q.credential, q.app, q.to))
              .append("\",\"rootServiceName\":\"")
              .append(q.who())
              .append(' ')
              .append(q.from)
              .append("\",\"startTimeUnixNano\":\"1\"}],\"metrics\":{}}\n");
      case "plain" -> {
        out.append(q.who()).append(" from=").append(q.from).append(' ');
        out.append("y".repeat(q.app == 4 ? 400_000 : 100 * q.app)).append(" end ").append(q.from);
        out.append('\n');
      }
      default -> {
        // The ID says what trace it is; who asks is in it, so that a foreign one shows.
        String id = q.kind.startsWith("trace:") ? q.kind.substring(6) : q.target().substring(12);
        out.append("{\"batches\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":");
        out.append("{\"stringValue\":\"tenant=t").append(q.tenant).append(" cred=c");
        out.append(q.credential).append(' ').append(id).append("\"}}]},\"scopeSpans\":[{\"spans\":[");
        out.append("{\"name\":\"a\",\"startTimeUnixNano\":\"1700000000000000000\",");
        out.append("\"endTimeUnixNano\":\"1700000001000000000\"}]}]}]}\n");
      }
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  static String contentType(Question q) {
    return q.kind.equals("plain") ? "text/plain" : "application/json; charset=UTF-8";
  }

  /** Says what is wrong with a whole answer of status 200; null for nothing. */
  static String mistake(Question q, byte[] body) {
    try {
      return switch (q.kind) {
        case "logs", "folded" -> logMistake(q, MAPPER.readTree(body));
        case "metric" -> metricMistake(q, MAPPER.readTree(body));
        default -> {
          byte[] expected = body(q);
          yield java.util.Arrays.equals(expected, body)
              ? null
              : "expected " + cut(expected) + " got " + cut(body);
        }
      };
    } catch (RuntimeException e) {
      return "not what was asked for: " + e.getMessage() + " in " + cut(body);
    }
  }

  private static String cut(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    return body.length + " bytes '" + text.substring(0, Math.min(300, text.length())) + "'";
  }

  private record Entry(long n, String line, String traceId) {}

  private static String logMistake(Question q, JsonNode root) {
    List<Entry> got = new ArrayList<>();
    for (JsonNode stream : root.path("data").path("result")) {
      if (!stream.path("stream").path("app").asString("").equals("q" + q.app)) {
        return "a foreign stream " + stream.path("stream");
      }
      for (JsonNode value : stream.path("values")) {
        String id =
            q.kind.equals("folded")
                ? stream.path("stream").path("TraceID").asString("")
                : value.path(2).path("structuredMetadata").path("TraceID").asString("");
        long minute = STEP * 1_000_000_000L;
        got.add(
            new Entry(Long.parseLong(value.path(0).asString()) / minute, value.path(1).asString(), id));
      }
    }
    if (!root.path("data").path("resultType").asString("").equals("streams")) {
      return "no streams";
    }
    if (q.kind.equals("folded")) {
      got.sort(
          (a, b) -> q.forward ? Long.compare(a.n(), b.n()) : Long.compare(b.n(), a.n()));
    }
    List<Long> times = times(q);
    for (int i = 0; i < Math.min(times.size(), got.size()); i++) {
      Entry entry = got.get(i);
      long n = times.get(i);
      if (!entry.line().equals(line(q, n))) {
        return "line " + i + " is '" + entry.line() + "' (expected: '" + line(q, n) + "')";
      }
      if (!entry.traceId().equals(hex(q.tenant, q.credential, q.app, n))) {
        return "line " + i + " is not annotated: '" + entry.traceId() + "'";
      }
    }
    return got.size() == times.size() ? null : got.size() + " lines (expected: " + times.size() + ")";
  }

  private static String metricMistake(Question q, JsonNode root) {
    JsonNode values = root.path("data").path("result").path(0).path("values");
    if (values.size() != q.to - q.from + 1) {
      return values.size() + " points (expected: " + (q.to - q.from + 1) + ")";
    }
    for (int i = 0; i < values.size(); i++) {
      long n = q.from + i;
      if (values.path(i).path(0).asLong() != n * STEP
          || !values.path(i).path(1).asString("").equals(Long.toString(value(q, n)))) {
        return "point " + i + " is " + values.path(i) + " (expected: " + value(q, n) + ")";
      }
    }
    return null;
  }
}
