// SPDX-License-Identifier: Apache-2.0

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** From a span to its logs by the script API, and how costs grow with what goes in. */
final class SpanScenarios {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String LOGS = "/spanway/v1/logs?traceId=" + TRACE + "&spanId=";
  private static final String SPAN = "0000000000000001";
  private static final String LABELS = ProxyScenarios.LABELS;

  /** Traces are kept, log answers are not: as for a person who looks at spans one by one. */
  private static final String TRACES_CACHED =
      "cache: { maxSize: 32MiB, ttl: { queries: { recent: 0s, hour: 0s, day: 0s, week: 0s } } }";

  private static final String NO_CACHE = "cache: { maxSize: 0 }";

  private final Settings settings;
  private final Machine machine;
  private final LoadClient client;
  private final Report report;

  SpanScenarios(Settings settings, Machine machine, LoadClient client, Report report) {
    this.settings = settings.with(1);
    this.machine = machine;
    this.client = client;
    this.report = report;
  }

  /** What Spanway adds to a query that is asked of Loki anyway: Loki is a file here. */
  void script() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      trace(peers, 100, 6);
      entries(peers, 100);
      int origin = peers.origin().port();
      Peer spanway =
          peers.spanway(
              origin,
              TRACES_CACHED + "\ntracesToLogsV2: { idLocation: line }",
              ProxyScenarios.JAVA_OPTIONS);
      List<Comparison.Contender> contenders =
          List.of(
              new Comparison.Contender("Loki direct (a file)", null, Annotate.ask(origin, false)),
              new Comparison.Contender("Spanway", spanway, ask(spanway, LOGS + SPAN)));
      Settings slow =
          new Settings(
              settings.home(),
              settings.work(),
              settings.rounds(),
              settings.seconds(),
              settings.warmUp(),
              4,
              200);
      Map<String, Report.Row> rows =
          new Comparison(slow, client, report).run("script", contenders, true);
      Samples added =
          rows.get("Spanway").samples("p50").minus(rows.get("Loki direct (a file)").samples("p50"));
      report.add(
          new Report.Mark(
              "script", "span to logs, trace cached, over direct", added, false, 1, " ms"));
    }
  }

  /** Each size of a thing with a Spanway and an origin of its own. */
  void slopes() throws IOException, InterruptedException {
    int[] kib = {2, 64, 1024, 10_240};
    slope(
        "body, KiB",
        kib,
        LABELS,
        (peers, x) -> {
          peers.file("/loki/api/v1/labels", Peers.labels(x));
          return NO_CACHE;
        });
    slope(
        "derived fields of 1 MB",
        new int[] {0, 1, 3, 10},
        Annotate.PATH,
        (peers, x) -> {
          LokiAnswers.write(peers.file(Annotate.PATH), 1_000_000, Integer.MAX_VALUE, false);
          return NO_CACHE + "\n" + Annotate.fields("" + x);
        });
    slope(
        "tags",
        new int[] {1, 5, 20},
        LOGS + SPAN,
        (peers, x) -> {
          trace(peers, 100, 20);
          entries(peers, 10);
          var tags =
              new StringBuilder(TRACES_CACHED + "\ntracesToLogsV2:\n  idLocation: line\n  tags:");
          for (int i = 0; i < x; i++) {
            tags.append("\n    - { key: key.")
                .append(i)
                .append(", value: key_")
                .append(i)
                .append(" }");
          }
          return tags.toString();
        });
    int[] entries = {10, 100, 1000, 5000};
    slope(
        "entries of each half",
        entries,
        LOGS + SPAN + "&limit=5000",
        (peers, x) -> {
          trace(peers, 100, 6);
          entries(peers, x);
          return TRACES_CACHED + "\ntracesToLogsV2: { idLocation: both }";
        });
    slope(
        "spans of the trace",
        new int[] {10, 1000, 10_000, 50_000},
        LOGS + SPAN,
        (peers, x) -> {
          trace(peers, x, 6);
          entries(peers, 10);
          return NO_CACHE + "\ntracesToLogsV2: { idLocation: line }";
        });
  }

  private interface Preparation {
    /** Makes the origin's files, and says how Spanway is configured. */
    String yaml(Peers peers, int x) throws IOException;
  }

  private void slope(String what, int[] steps, String target, Preparation preparation)
      throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      var contenders = new ArrayList<Comparison.Contender>();
      for (int x : steps) {
        peers.site();
        String yaml = preparation.yaml(peers, x);
        Peer peer = peers.spanway(peers.origin().port(), yaml, "-Xmx256m");
        contenders.add(new Comparison.Contender("" + x, peer, ask(peer, target)));
      }
      String name = "slope: " + what;
      Map<String, Report.Row> rows =
          new Comparison(settings.shorter(0.5), client, report).run(name, contenders, false);
      int last = steps.length - 1;
      Samples rise =
          rows.get("" + steps[last]).samples("cpu").minus(rows.get("" + steps[0]).samples("cpu"));
      // Seconds for 10,000 requests are 100 µs for one.
      double each = rise.median() * 100 / (steps[last] - steps[0]);
      report.note("%s: %.3f µs of CPU for one more".formatted(name, each));
    }
  }

  private static LoadClient.Ask ask(Peer peer, String target) {
    return new LoadClient.Ask(peer.port(), null, LoadClient.get(target), -1);
  }

  private static void entries(Peers peers, int count) throws IOException {
    LokiAnswers.write(peers.file(Annotate.PATH), Long.MAX_VALUE, count, false);
  }

  private static void trace(Peers peers, int spans, int attributes) throws IOException {
    var resource = Resource.newBuilder().addAttributes(pair("service.name", "shop"));
    for (int i = 0; i < attributes; i++) {
      resource.addAttributes(pair("key." + i, "value-" + i));
    }
    var scope = ScopeSpans.newBuilder();
    for (int i = 1; i <= spans; i++) {
      scope.addSpans(
          Span.newBuilder()
              .setTraceId(id(0x4bf92f3577b34da6L, 0xa3ce929d0e0e4736L))
              .setSpanId(id(i))
              .setParentSpanId(i == 1 ? ByteString.EMPTY : id(i / 10 + 1))
              .setName("operation-" + i % 100)
              .setStartTimeUnixNano(1_700_000_000_000_000_000L + i)
              .setEndTimeUnixNano(1_700_000_000_900_000_000L + i)
              .addAttributes(pair("http.route", "/cart/{id}"))
              .addAttributes(pair("url.path", "/cart/" + i)));
    }
    byte[] trace =
        TracesData.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder().setResource(resource).addScopeSpans(scope))
            .build()
            .toByteArray();
    // Tempo's answer of version 2 has the trace as its first field; the bytes are the same.
    var bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(1, trace);
    out.flush();
    peers.file("/api/v2/traces/" + TRACE, bytes.toByteArray());
    peers.file("/api/traces/" + TRACE, trace);
  }

  private static ByteString id(long... words) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * words.length);
    for (long word : words) {
      buffer.putLong(word);
    }
    return ByteString.copyFrom(buffer.array());
  }

  private static KeyValue pair(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
