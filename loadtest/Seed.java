// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;

/**
 * What the scenarios ask for, all of it a function of the time of seeding, which is a label of it:
 * services whose lines carry trace IDs in the line, in structured metadata, in both or not at all,
 * and among those the lines of the traces that are clicked.
 */
final class Seed {
  static final int TRACES = 24;
  private static final String LABEL = "spanway_loadtest";
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final int BATCH = 5000;
  private static final List<String> SERVICES =
      List.of("checkout", "payments", "cart", "search", "mail", "stock", "front", "users");

  private final long base;

  private Seed(long baseSeconds) {
    base = baseSeconds * SECOND;
  }

  /** Where the clicked traces are, and how their lines name them. */
  enum Kind {
    /** In the text of the line, in no form that a parser finds. */
    TEXT_HOUR("checkout", -140 * MINUTE, 60 * MINUTE, 60),
    TEXT_SHORT("checkout", -110 * MINUTE, SECOND / 2, 20),
    /** In logfmt, JSON, structured metadata and both. */
    MIXED_HOUR("payments", -140 * MINUTE, 60 * MINUTE, 60),
    MIXED_SHORT("payments", -110 * MINUTE, SECOND / 2, 20),
    /** For repeated clicks: of other ages. */
    TEXT_40_MINUTES("checkout", -40 * MINUTE, SECOND / 2, 20),
    TEXT_5_MINUTES("checkout", -5 * MINUTE, SECOND / 2, 20);

    final String service;
    private final long startsAt;
    private final long length;
    final int lines;

    Kind(String service, long startsAt, long length, int lines) {
      this.service = service;
      this.startsAt = startsAt;
      this.length = length;
      this.lines = lines;
    }

    boolean mixed() {
      return this == MIXED_HOUR || this == MIXED_SHORT;
    }
  }

  /** One trace of one span. */
  record Trace(Kind kind, String id, String span, long start, long end) {}

  private record Entry(long time, int service, String line, Map<String, String> metadata) {}

  /** The latest seed in a Loki, null when there is none. */
  static Seed find(Loki loki, long nowNs) throws IOException, InterruptedException {
    long latest = 0;
    for (JsonNode value :
        loki.get(
                "/loki/api/v1/label/" + LABEL + "/values",
                "start",
                Long.toString(nowNs - 24 * 60 * MINUTE),
                "end",
                Long.toString(nowNs))
            .path("data")) {
      latest = Math.max(latest, Long.parseLong(value.asString()));
    }
    return latest == 0 ? null : new Seed(latest);
  }

  /** The n-th trace of a kind. */
  Trace trace(Kind kind, int n) {
    var random = new SplittableRandom(base + kind.ordinal() * 1000L + n);
    long start = base + kind.startsAt + n * 7_000_000L;
    return new Trace(kind, id(random) + id(random), id(random), start, start + kind.length);
  }

  private static String id(SplittableRandom random) {
    return String.format("%016x", random.nextLong() | 1L << 60);
  }

  static Seed push(Loki loki, int lines, long nowNs, boolean gzip)
      throws IOException, InterruptedException {
    var seed = new Seed(nowNs / SECOND);
    var random = new SplittableRandom(nowNs);
    List<Entry> clicked = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int n = 0; n < TRACES; n++) {
        Trace trace = seed.trace(kind, n);
        for (int i = 0; i < kind.lines; i++) {
          clicked.add(seed.entry(random, trace, i));
        }
      }
    }
    clicked.sort(Comparator.comparingLong(Entry::time));
    // Nine tenths over an hour ago, where the long windows are, the others up to now.
    int old = lines / 10 * 9;
    long oldest = seed.base - 150 * MINUTE;
    long middle = seed.base - 70 * MINUTE;
    List<Entry> batch = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < lines; i++) {
      long time =
          i < old
              ? oldest + (long) ((middle - oldest) * ((double) i / old))
              : middle + (long) ((seed.base - middle) * ((double) (i - old) / (lines - old)));
      while (next < clicked.size() && clicked.get(next).time() <= time) {
        batch.add(clicked.get(next++));
      }
      // Four lines in ten are checkout's, two payments'.
      int ten = random.nextInt(10);
      int service = ten < 4 ? 0 : ten < 6 ? 1 : 2 + random.nextInt(SERVICES.size() - 2);
      String id = id(random) + id(random);
      batch.add(entry(random, service, time, id, id(random), random.nextInt(4), service == 0));
      if (batch.size() >= BATCH || i == lines - 1) {
        loki.push(seed.json(batch), gzip);
        batch.clear();
      }
      if ((i + 1) % 250_000 == 0) {
        System.err.println("loadtest: pushed " + (i + 1) + " lines");
      }
    }
    return seed;
  }

  private Entry entry(SplittableRandom random, Trace trace, int i) {
    long length = trace.end() - trace.start();
    long time = trace.start() + length * (2L * i + 1) / (2L * trace.kind().lines);
    int service = SERVICES.indexOf(trace.kind().service);
    int where = trace.kind().mixed() ? i % 3 : 0;
    return entry(random, service, time, trace.id(), trace.span(), where, !trace.kind().mixed());
  }

  /** A line with the IDs in it (0), in its metadata (1), in both (2) or nowhere (3). */
  private static Entry entry(
      SplittableRandom random,
      int service,
      long time,
      String id,
      String span,
      int where,
      boolean text) {
    boolean inLine = where == 0 || where == 2;
    int n = random.nextInt(1_000_000);
    String line;
    if (text) {
      line =
          (inLine ? "[" + id + "] " : "[-] ")
              + "com.example.shop.OrderController order "
              + n
              + " was changed by customer "
              + n % 977
              + " in region eu-west-1, worker-"
              + n % 16
              + " took "
              + n % 311
              + " ms, status 200";
    } else if (n % 2 == 0) {
      line =
          "level=info msg=\"request done\" component=api region=eu-west-1 path=/v1/items/"
              + n
              + " status=200 bytes=4862 duration="
              + n % 311
              + "ms thread=worker-"
              + n % 16
              + (inLine ? " trace_id=" + id + " span_id=" + span : "");
    } else {
      line =
          "{\"level\":\"info\",\"msg\":\"request"
              + " done\",\"component\":\"api\",\"region\":\"eu-west-1\",\"path\":\"/v1/items/"
              + n
              + "\",\"status\":200,\"took\":"
              + n % 311
              + (inLine ? ",\"trace_id\":\"" + id + "\",\"span_id\":\"" + span + "\"}" : "}");
    }
    boolean inMetadata = where == 1 || where == 2;
    return new Entry(
        time, service, line, inMetadata ? Map.of("trace_id", id, "span_id", span) : Map.of());
  }

  private String json(List<Entry> batch) {
    Map<String, StringBuilder> streams = new LinkedHashMap<>();
    for (int i = 0; i < batch.size(); i++) {
      Entry entry = batch.get(i);
      String service = SERVICES.get(entry.service());
      String labels =
          "{\"app\":\""
              + service
              + "\",\"ns\":\"shop\",\"job\":\"shop/"
              + service
              + "\",\"pod\":\""
              + service
              + "-"
              + i % 4
              + "\",\""
              + LABEL
              + "\":\""
              + base / SECOND
              + "\"}";
      StringBuilder values = streams.computeIfAbsent(labels, k -> new StringBuilder());
      values.append(values.length() == 0 ? "" : ",");
      values.append("[\"").append(entry.time()).append("\",").append(Loki.quoted(entry.line()));
      if (!entry.metadata().isEmpty()) {
        values.append(",{\"trace_id\":\"").append(entry.metadata().get("trace_id"));
        values.append("\",\"span_id\":\"").append(entry.metadata().get("span_id")).append("\"}");
      }
      values.append(']');
    }
    var body = new StringBuilder("{\"streams\":[");
    streams.forEach(
        (labels, values) ->
            body.append(body.charAt(body.length() - 1) == '[' ? "" : ",")
                .append("{\"stream\":")
                .append(labels)
                .append(",\"values\":[")
                .append(values)
                .append("]}"));
    return body.append("]}").toString();
  }
}
