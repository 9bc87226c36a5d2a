// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.config.GatewayConfig;
import io.spanway.correlate.CorrelateConfigException;
import io.spanway.correlate.Correlator;
import io.spanway.explain.LokiLabelNames;
import io.spanway.http.QueryParameters;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecodeException;
import io.spanway.otlp.TraceDecoder;
import io.spanway.route.BackendKind;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What checks share: the configuration, the upstreams, and samples that are taken once. */
final class Examination {
  private static final String JSON = "application/json";
  private static final int LINES = 500;
  private static final int TRACES = 5;
  private static final long SAMPLE_SECONDS = 6 * 3600;

  private final GatewayConfig config;
  private final UpstreamAsker asker;
  private final InstantSource clock;
  private final Correlator correlator;
  private final Set<BackendKind> down = EnumSet.noneOf(BackendKind.class);
  private @Nullable Set<String> labels;
  private boolean labelsAsked;
  private @Nullable List<LogEntry> lines;
  private @Nullable List<Trace> traces;

  Examination(GatewayConfig config, UpstreamAsker asker, InstantSource clock) {
    this.config = config;
    this.asker = asker;
    this.clock = clock;
    try {
      correlator = Correlator.compile(config.tracesToLogsV2());
    } catch (CorrelateConfigException e) {
      throw new IllegalArgumentException("the configuration was not checked: " + e, e);
    }
  }

  GatewayConfig config() {
    return config;
  }

  Correlator correlator() {
    return correlator;
  }

  Instant now() {
    return clock.instant();
  }

  UpstreamAsker.Reply ask(BackendKind upstream, String target) throws InterruptedException {
    return asker.ask(upstream, target, JSON);
  }

  UpstreamAsker.Reply ask(BackendKind upstream, String path, QueryParameters parameters)
      throws InterruptedException {
    return ask(upstream, path + "?" + parameters.encode());
  }

  UpstreamAsker.GrpcReply call(String method, byte[] message) throws InterruptedException {
    return asker.call(method, message);
  }

  UpstreamAsker.TlsReply handshake(String host, int port, String name) {
    return asker.handshake(host, port, name);
  }

  UpstreamAsker.@Nullable RedisReply redis() throws InterruptedException {
    return asker.redis();
  }

  @Nullable String tenant(BackendKind upstream) {
    return asker.tenant(upstream);
  }

  /** Notes that there is no use in asking an upstream. */
  void isDown(BackendKind upstream) {
    down.add(upstream);
  }

  boolean isUp(BackendKind upstream) {
    return !down.contains(upstream);
  }

  /** Returns the labels that Loki has had for some hours; null when it does not say. */
  @Nullable Set<String> labels() throws InterruptedException {
    if (!labelsAsked && isUp(BackendKind.LOKI)) {
      labelsAsked = true;
      UpstreamAsker.Reply reply = ask(BackendKind.LOKI, "/loki/api/v1/labels?since=6h");
      labels = reply.status() == 200 ? LokiLabelNames.read(reply.body()) : null;
    }
    return labels;
  }

  /** Returns recent lines; none when there are none or they cannot be had. */
  List<LogEntry> lines() throws InterruptedException {
    List<LogEntry> taken = lines;
    if (taken == null) {
      taken = takeLines();
      lines = taken;
    }
    return taken;
  }

  private List<LogEntry> takeLines() throws InterruptedException {
    Set<String> known = labels();
    if (known == null || known.isEmpty()) {
      return List.of();
    }
    // Every stream has one of Loki's labels; those of the tags say which streams matter.
    Set<String> wanted = new TreeSet<>(correlator.streamLabels());
    wanted.add("service_name");
    wanted.retainAll(known);
    String label = (wanted.isEmpty() ? new TreeSet<>(known) : wanted).iterator().next();
    return query("{" + label + "=~\".+\"}", QueryParameters.of("since", "6h"), LINES);
  }

  /** Asks Loki for entries, newest first; none when they cannot be had. */
  List<LogEntry> query(String logql, QueryParameters window, int limit)
      throws InterruptedException {
    UpstreamAsker.Reply reply =
        ask(
            BackendKind.LOKI,
            "/loki/api/v1/query_range",
            window.with("query", logql).with("limit", Integer.toString(limit)));
    if (reply.status() != 200) {
      return List.of();
    }
    try {
      return StreamsAnswer.read(reply.body()).entries();
    } catch (StreamsFormatException e) {
      return List.of();
    }
  }

  /** Returns recent traces, the newest first; none when there are none or they cannot be had. */
  List<Trace> traces() throws InterruptedException {
    List<Trace> taken = traces;
    if (taken == null) {
      taken = isUp(BackendKind.TEMPO) ? takeTraces() : List.of();
      traces = taken;
    }
    return taken;
  }

  private record Hit(String id, long startNs) {}

  private List<Trace> takeTraces() throws InterruptedException {
    long now = now().getEpochSecond();
    UpstreamAsker.Reply reply =
        ask(
            BackendKind.TEMPO,
            "/api/search",
            QueryParameters.of(
                "limit",
                "20",
                "start",
                Long.toString(now - SAMPLE_SECONDS),
                "end",
                Long.toString(now + 1)));
    List<Hit> hits = new ArrayList<>();
    for (JsonNode each : json(reply).path("traces")) {
      hits.add(
          new Hit(each.path("traceID").asString(""), each.path("startTimeUnixNano").asLong(0)));
    }
    hits.sort(Comparator.comparingLong(Hit::startNs).reversed());
    List<Trace> found = new ArrayList<>();
    for (Hit hit : hits.subList(0, Math.min(hits.size(), TRACES))) {
      Trace trace = trace(hit.id());
      if (trace != null && !trace.spans().isEmpty()) {
        found.add(trace);
      }
    }
    return found;
  }

  private @Nullable Trace trace(String text) throws InterruptedException {
    try {
      TraceId id = TraceId.parse(text);
      UpstreamAsker.Reply reply =
          asker.ask(BackendKind.TEMPO, "/api/v2/traces/" + id.hex(), "application/protobuf");
      if (reply.status() == 200) {
        return TraceDecoder.decode(id, reply.body(), TraceDecoder.Format.V2_PROTOBUF);
      }
      reply = asker.ask(BackendKind.TEMPO, "/api/traces/" + id.hex(), "application/protobuf");
      return reply.status() == 200
          ? TraceDecoder.decode(id, reply.body(), TraceDecoder.Format.V1_PROTOBUF)
          : null;
    } catch (IllegalArgumentException | TraceDecodeException e) {
      return null;
    }
  }

  /** Reads an answer; a missing node for what is none, or no JSON. */
  static JsonNode json(UpstreamAsker.Reply reply) {
    if (reply.status() != 200) {
      return JsonMapper.shared().missingNode();
    }
    try {
      return JsonMapper.shared().readTree(new String(reply.body(), StandardCharsets.UTF_8));
    } catch (JacksonException e) {
      return JsonMapper.shared().missingNode();
    }
  }

  static String firstLine(UpstreamAsker.Reply reply) {
    String text = new String(reply.body(), StandardCharsets.UTF_8).strip();
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end).strip();
    return line.startsWith("<") ? "" : line.substring(0, Math.min(line.length(), 200));
  }
}
