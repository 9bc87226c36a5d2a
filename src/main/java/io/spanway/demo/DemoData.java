// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Sample traces and logs: eight traces through the services nginx, checkout, payments and legacy,
 * each of which writes trace IDs in a manner of its own.
 *
 * <ul>
 *   <li>nginx: {@code trace_id=<id>} in the line
 *   <li>checkout: JSON with {@code traceId} and {@code spanId}
 *   <li>payments: {@code trace_id} and {@code span_id} in structured metadata only
 *   <li>legacy: {@code traceID=<ID>} in upper case
 * </ul>
 *
 * <p>Every span has three lines inside it, one 800 ms before it and one 900 ms after it; among them
 * lie lines of no trace. IDs and lines are the same in every run; only the times move with the
 * start. Immutable.
 */
public final class DemoData {
  /** The trace of the example: its root span is {@code nginx} and takes 120 ms. */
  static final String NGINX_TRACE = "6513270e269e0d37f2a74de452e6b438";

  static final int TRACES = 8;
  static final int LINES_PER_SPAN = 5;

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  // So far back that Tempo's searches, which end 30 s ago, see the newest trace.
  private static final long AGE = 60 * SECOND;
  private static final long BETWEEN_PAIRS = 20 * SECOND;
  private static final long WITHIN_PAIR = 1500 * MILLI;

  /** What a service does in each trace. */
  private record Service(String name, String namespace, long delayNs, long durationNs) {}

  private static final List<Service> SERVICES =
      List.of(
          new Service("nginx", "production", 0, 120 * MILLI),
          new Service("checkout", "production", 5 * MILLI, 95 * MILLI),
          new Service("payments", "production", 11 * MILLI, 70 * MILLI),
          new Service("legacy", "batch", 16 * MILLI, 45 * MILLI));

  private final List<DemoTrace> traces;
  private final List<DemoEntry> entries;

  private DemoData(List<DemoTrace> traces, List<DemoEntry> entries) {
    this.traces = List.copyOf(traces);
    this.entries = List.copyOf(entries);
  }

  /**
   * Makes the data for a demo that starts at {@code start}: the newest trace is a minute old, the
   * oldest about two.
   */
  public static DemoData startingAt(Instant start) {
    var random = new Random(6513270);
    var traces = new ArrayList<DemoTrace>();
    var entries = new ArrayList<DemoEntry>();
    long base = start.getEpochSecond() * SECOND - AGE + 250 * MILLI;
    for (int i = 0; i < TRACES; i++) {
      boolean isExample = i == 0;
      String id = isExample ? NGINX_TRACE : hex(random, 32);
      // Pairs of neighbours, so that a window of ±2 s also holds lines of another trace.
      long traceStart = base - i / 2 * BETWEEN_PAIRS - i % 2 * WITHIN_PAIR;
      long jitter = isExample ? 0 : random.nextInt(900_000);
      DemoTrace trace = trace(random, id, i, traceStart + jitter);
      traces.add(trace);
      for (DemoSpan span : trace.spans()) {
        addLines(random, i, span, entries);
      }
    }
    return new DemoData(traces, entries);
  }

  /** Returns the traces, newest first. */
  List<DemoTrace> traces() {
    return traces;
  }

  /** Returns the log entries in no order. */
  List<DemoEntry> entries() {
    return entries;
  }

  private static DemoTrace trace(Random random, String id, int number, long startNs) {
    var spans = new ArrayList<DemoSpan>();
    String parent = null;
    for (Service service : SERVICES) {
      // The example's root is named like its service and lives on no pod, as in the documentation.
      boolean isExample = number == 0 && spans.isEmpty();
      String pod = pod(service.name(), number);
      var resource = new LinkedHashMap<String, String>();
      resource.put("service.namespace", service.namespace());
      resource.put("service.name", service.name());
      resource.put("cluster", "eu-1");
      resource.put("namespace", service.namespace());
      if (!isExample) {
        resource.put("pod", pod);
        resource.put("k8s.pod.name", pod);
      }
      long begin = startNs + service.delayNs();
      var span =
          new DemoSpan(
              id,
              hex(random, 16),
              parent,
              isExample ? "nginx" : service.name() + " op",
              Collections.unmodifiableMap(resource),
              attributes(),
              begin,
              begin + service.durationNs());
      spans.add(span);
      parent = span.spanId();
    }
    return new DemoTrace(id, List.copyOf(spans));
  }

  private static List<DemoSpan.Attribute> attributes() {
    return List.of(
        new DemoSpan.Attribute("http.request.method", "GET", false),
        new DemoSpan.Attribute("http.response.status_code", "200", true),
        new DemoSpan.Attribute("quote", "a\"b\\c`d", false));
  }

  private static String pod(String service, int number) {
    return service + "-" + number * 2 % 3;
  }

  private static void addLines(Random random, int number, DemoSpan span, List<DemoEntry> entries) {
    String service = span.service();
    var stream = new TreeMap<String, String>();
    stream.put("cluster", "eu-1");
    stream.put("namespace", span.resource().getOrDefault("namespace", ""));
    stream.put("pod", pod(service, number));
    stream.put("service_name", service);
    Map<String, String> metadata =
        service.equals("payments")
            ? Map.of("trace_id", span.traceId(), "span_id", span.spanId())
            : Map.of();
    long duration = span.endNs() - span.startNs();
    long[] times = {
      span.startNs() - 800 * MILLI,
      span.startNs() + duration / 6,
      span.startNs() + duration / 2,
      span.startNs() + duration / 6 * 5,
      span.endNs() + 900 * MILLI
    };
    for (int step = 0; step < LINES_PER_SPAN; step++) {
      String line = line(random, service, number, step, span);
      entries.add(DemoEntry.ingest(stream, times[step], line, metadata));
    }
    for (int i = 0; i < 3; i++) {
      String line = "unrelated line " + number + "/" + i + " \"quoted\" \\slash\\ ☃ trace_id=none";
      // One before, one inside and one after the span.
      long time = span.startNs() + MILLI + (i - 1L) * 400 * MILLI;
      entries.add(DemoEntry.ingest(stream, time, line, Map.of()));
    }
  }

  private static String line(Random random, String service, int number, int step, DemoSpan span) {
    String id = span.traceId();
    return switch (service) {
      case "nginx" ->
          "10.0.0."
              + step
              + " - - \"GET /cart/"
              + number
              + " HTTP/1.1\" 200 "
              + (1000 + random.nextInt(9000))
              + " trace_id="
              + id;
      case "checkout" ->
          "{\"level\": \"info\", \"msg\": \"order "
              + number
              + " step "
              + step
              + "\", \"traceId\": \""
              + id
              + "\", \"spanId\": \""
              + span.spanId()
              + "\"}";
      case "payments" ->
          "charged order " + number + " step " + step + " in " + (5 + random.nextInt(90)) + "ms";
      default ->
          "level=info msg=\"batch "
              + number
              + " "
              + step
              + "\" traceID="
              + id.toUpperCase(Locale.ROOT);
    };
  }

  private static String hex(Random random, int digits) {
    var text = new StringBuilder(digits);
    for (int i = 0; i < digits; i++) {
      // No leading zeros, so that Tempo's search shows the same ID.
      int digit = i == 0 ? 1 + random.nextInt(15) : random.nextInt(16);
      text.append(Character.forDigit(digit, 16));
    }
    return text.toString();
  }
}
