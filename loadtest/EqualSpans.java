// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Whether what Spanway makes of Grafana's queries brings the lines that one slow query brings which
 * looks into lines and fields by itself, and whether log volume counts those.
 */
final class EqualSpans {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final int STEPS = 400;
  private static final int PER_STEP = 6;
  private static final List<Integer> LIMITS = List.of(1, 2, 3, 7, 13, 100, 1000, 1001, 1303, 5000);
  private static final List<String> TRACE_FIELDS =
      List.of("trace_id", "traceID", "traceId", "TraceID", "TraceId", "otel_trace_id");
  private static final List<String> SPAN_FIELDS =
      List.of("span_id", "spanID", "spanId", "SpanID", "SpanId", "otel_span_id");
  private static final List<String> NONE = List.of();
  private static final String PARSERS = " | logfmt | json | drop __error__";

  /** An ordinary ID, and one of 64 bits that somebody padded: lines have it without the zeros. */
  private static final List<String> TRACES =
      List.of("6513270e269e0d37f2a74de452e6b438", "0000000000000000a61c20b3ad5e4f97");

  private static final String SPAN = "6dfd177e410d6526";

  private final Forwarder forwarder;
  private final boolean isDemo;
  private final Loki loki;
  private final Loki through;
  private final String service;
  private final String selector;
  private final long start;
  private final TreeSet<String> sent = new TreeSet<>();
  private final List<String> mismatches = new ArrayList<>();
  private int compared;
  private int otherwiseCut;
  private int volumes;
  private int left;

  EqualSpans(Forwarder forwarder, Loki loki, boolean isDemo, Spanway spanway, long nowNs) {
    this.forwarder = forwarder;
    this.isDemo = isDemo;
    this.loki = loki;
    through = new Loki(spanway.data());
    // A minute that is long over, so that nothing changes between question and answer.
    start = (nowNs - 100 * MINUTE) / MINUTE * MINUTE + 40 * SECOND;
    service = "equal-" + nowNs / SECOND;
    selector = "{app=\"" + service + "\", ns=\"shop\"}";
  }

  /** A query as Grafana sends it, and the one query whose lines are right. */
  private record Case(String query, String reference) {}

  /** Returns whether all is equal, and says what is not. */
  boolean run() throws IOException, InterruptedException {
    loki.push(data(), !isDemo);
    for (String trace : TRACES) {
      for (Case one : cases(trace)) {
        if (isDemo && !known(one)) {
          left++;
          continue;
        }
        compareRows(one);
        compareVolume(one);
        accepted();
      }
    }
    System.out.printf(
        "%d log answers and %d volumes compared, %d queries sent to Loki; %d answers cut elsewhere"
            + " within one timestamp than Loki cuts; %d mismatches%n",
        compared, volumes, sent.size(), otherwiseCut, mismatches.size());
    if (left > 0) {
      System.out.println(left + " queries were left out: the demo does not know all of LogQL");
    }
    mismatches.stream().limit(50).forEach(text -> System.out.println("mismatch: " + text));
    return mismatches.isEmpty();
  }

  /** Whether the demo's sample of LogQL has all that a query needs. */
  private boolean known(Case one) throws InterruptedException {
    try {
      loki.logs(new Loki.Ask(one.reference(), start, start + 1, 1, true));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void accepted() {
    Forwarder.Count count = forwarder.take();
    sent.addAll(count.queries);
    for (String refused : count.refused) {
      mismatches.add("Loki refused: " + refused);
    }
  }

  // The questions.

  private List<Case> cases(String trace) {
    List<Case> all = new ArrayList<>();
    String inTrace = selector + holds("z", spellings(trace), TRACE_FIELDS);
    String span = holds("y", spellings(SPAN), SPAN_FIELDS);
    all.add(new Case(Grafana.g2(selector, trace, null), inTrace));
    all.add(new Case(Grafana.g2(selector, trace, SPAN), inTrace + span));
    for (String or : List.of("or", "OR")) {
      all.add(new Case(Grafana.g4(selector, trace, null, or), inTrace));
      all.add(new Case(Grafana.g4(selector, null, SPAN, or), selector + span));
      all.add(new Case(Grafana.g4(selector, trace, SPAN, or), inTrace + span));
    }
    for (String appended :
        List.of(
            " |= \"shop\"",
            " |~ `order [0-9]*7`",
            " != \"9\"",
            " !~ `7.*1`",
            " | logfmt | n > 40",
            " | json",
            " | detected_level=`warn`",
            " | line_format `{{ .pod }} {{ __line__ }}`",
            " | drop trace_id")) {
      // Behind drop a != would be another matcher of that; in front it means what Grafana's does.
      boolean isLine = appended.startsWith(" !");
      String first = isLine ? inTrace.replace(selector, selector + appended) : inTrace;
      String last = isLine ? "" : appended;
      all.add(new Case(Grafana.g4(selector, trace, null, "or") + appended, first + last));
      all.add(new Case(Grafana.g4(selector, trace, SPAN, "or") + appended, first + span + last));
    }
    for (String query : Grafana.g5(selector, service, trace, null)) {
      all.add(new Case(query, inTrace.replace(selector, selectorOf(query)) + parsers(query)));
    }
    for (String query : Grafana.g5(selector, service, trace, SPAN)) {
      String reference = inTrace.replace(selector, selectorOf(query)) + span + parsers(query);
      all.add(new Case(query, reference));
    }
    return all;
  }

  private static String parsers(String query) {
    return query.contains(PARSERS) ? PARSERS : "";
  }

  private static String selectorOf(String query) {
    return query.substring(0, query.indexOf('}') + 1);
  }

  private static String holds(String label, List<String> spellings, List<String> fields) {
    List<String> contains = new ArrayList<>();
    List<String> equals = new ArrayList<>();
    for (String spelling : spellings) {
      contains.add("(contains \"" + spelling + "\" __line__)");
      // Fields have IDs in lower case: it is lines that people write.
      for (String field : spelling.equals(spelling.toLowerCase(Locale.ROOT)) ? fields : NONE) {
        equals.add(field + "=\"" + spelling + "\"");
      }
    }
    return " | label_format "
        + label
        + "=`{{ or "
        + String.join(" ", contains)
        + " }}` | "
        + label
        + "=\"true\" or "
        + String.join(" or ", equals)
        + " | drop "
        + label;
  }

  private static List<String> spellings(String id) {
    List<String> all = new ArrayList<>(List.of(id, id.toUpperCase(Locale.ROOT)));
    if (id.startsWith("0")) {
      String shorter = id.replaceFirst("^0+", "");
      all.addAll(List.of(shorter, shorter.toUpperCase(Locale.ROOT)));
    }
    return all;
  }

  // The comparisons.

  private void compareRows(Case one) throws IOException, InterruptedException {
    long end = start + 3 * MINUTE;
    for (boolean forward : List.of(true, false)) {
      List<Loki.Row> whole = logs(loki, new Loki.Ask(one.reference(), start, end, 5000, forward));
      for (int limit : LIMITS) {
        List<Loki.Row> rows;
        try {
          rows = logs(through, new Loki.Ask(one.query(), start, end, limit, forward));
        } catch (IOException e) {
          mismatches.add(e.getMessage());
          continue;
        }
        compared++;
        String difference = difference(rows, whole, limit);
        if (difference != null) {
          mismatches.add(
              (forward ? "forward" : "backward")
                  + ", limit "
                  + limit
                  + ", "
                  + one.query()
                  + ": "
                  + difference);
        } else if (limit < whole.size()) {
          var cut = logs(loki, new Loki.Ask(one.reference(), start, end, limit, forward));
          otherwiseCut += counts(rows).equals(counts(cut)) ? 0 : 1;
        }
      }
    }
  }

  /** All before the timestamp of the cut must be there, and of that one as many as fit. */
  private static String difference(List<Loki.Row> rows, List<Loki.Row> whole, int limit) {
    int size = Math.min(limit, whole.size());
    if (rows.size() != size) {
      return rows.size() + " lines instead of " + size;
    }
    Map<Loki.Row, Integer> left = counts(whole);
    for (int i = 0; i < size; i++) {
      if (rows.get(i).time() != whole.get(i).time()) {
        return "line " + i + " is of " + rows.get(i).time() + ", not of " + whole.get(i).time();
      }
      if (left.merge(rows.get(i), -1, Integer::sum) < 0) {
        return "there is no " + rows.get(i) + " but for example " + whole.get(i);
      }
    }
    return null;
  }

  // Loki gives a line that is no JSON the details of an error that another line had before it.
  private static List<Loki.Row> logs(Loki at, Loki.Ask ask)
      throws IOException, InterruptedException {
    List<Loki.Row> rows = at.logs(ask);
    rows.forEach(row -> row.parsed().remove("__error_details__"));
    return rows;
  }

  private static Map<Loki.Row, Integer> counts(List<Loki.Row> rows) {
    Map<Loki.Row, Integer> counts = new LinkedHashMap<>();
    rows.forEach(row -> counts.merge(row, 1, Integer::sum));
    return counts;
  }

  private void compareVolume(Case one) throws IOException, InterruptedException {
    // Grafana's steps; the data is inside, so that the points around it are all empty.
    long from = start / MINUTE * MINUTE - MINUTE;
    long to = from + 6 * MINUTE;
    var rows = logs(loki, new Loki.Ask(one.reference(), from, to, 5000, true));
    Map<String, Map<Long, Long>> expected = loki.counts(Grafana.volume(one.reference()), from, to);
    Map<String, Map<Long, Long>> counted;
    try {
      counted = through.counts(Grafana.volume(one.query()), from, to);
    } catch (IOException e) {
      mismatches.add(e.getMessage());
      return;
    }
    volumes++;
    long sum = 0;
    for (Map<Long, Long> points : counted.values()) {
      sum += points.values().stream().mapToLong(Long::longValue).sum();
    }
    if (sum != rows.size()) {
      mismatches.add("volume of " + one.query() + " counts " + sum + ", there are " + rows.size());
    } else if (!counted.equals(expected)) {
      mismatches.add("volume of " + one.query() + ": " + counted + " instead of " + expected);
    }
  }

  // The data.

  /**
   * Six lines at each time, in three streams; IDs in lines, fields, both, neither. No name is
   * parsed from a line that is also in metadata: which of the two Loki shows depends on the lines
   * before, and so on the direction.
   */
  private String data() {
    Map<String, List<String>> streams = new LinkedHashMap<>();
    for (int step = 0; step < STEPS; step++) {
      for (int i = 0; i < PER_STEP; i++) {
        int n = step * PER_STEP + i;
        String trace = TRACES.get(step % 5 == 0 ? 1 : 0);
        List<String> spelt = spellings(trace);
        String id = spelt.get(step % spelt.size());
        String other = TRACES.get(step % 5 == 0 ? 0 : 1);
        String span = n % 3 == 0 ? SPAN : String.format("%016x", n + (1L << 60));
        String field = TRACE_FIELDS.get(step % TRACE_FIELDS.size());
        String spanField = SPAN_FIELDS.get(step % SPAN_FIELDS.size());
        String inField =
            "{\"" + field + "\":\"" + id + "\",\"" + spanField + "\":\"" + span + "\"}";
        String line = "shop: order " + n;
        String metadata = null;
        switch (n % 8) {
          case 0 -> line += " [" + id + "] " + (n % 2 == 0 ? span : "");
          case 1 -> metadata = inField;
          case 2 -> {
            line = "level=warn n=" + n % 90 + " tid=" + id + " sid=" + span + " shop=1";
            metadata = inField;
          }
          case 3 ->
              line = "{\"n\":" + n % 90 + ",\"trace\":\"" + id + "\",\"span\":\"" + span + "\"}";
          case 4 -> {
            line = "n=" + n + " level=error tid=" + other;
            metadata = inField;
          }
          case 5 -> line = "level=warn " + other.substring(0, 31) + " " + id.substring(1, 8);
          case 6 -> line = "x" + id + "y{\"\\" + span;
          default -> metadata = "{\"" + field + "\":\"" + id.substring(1) + "0\"}";
        }
        long time = start + 10 * SECOND + step * 350_000_000L;
        String value =
            "[\""
                + time
                + "\","
                + Loki.quoted(line)
                + (metadata == null ? "]" : "," + metadata + "]");
        String labels =
            "{\"app\":\""
                + service
                + "\",\"ns\":\"shop\",\"job\":\"shop/"
                + service
                + "\",\"pod\":\"p"
                + n % 3
                + "\"}";
        streams.computeIfAbsent(labels, k -> new ArrayList<>()).add(value);
      }
    }
    List<String> all = new ArrayList<>();
    streams.forEach(
        (labels, values) ->
            all.add("{\"stream\":" + labels + ",\"values\":[" + String.join(",", values) + "]}"));
    return "{\"streams\":[" + String.join(",", all) + "]}";
  }
}
