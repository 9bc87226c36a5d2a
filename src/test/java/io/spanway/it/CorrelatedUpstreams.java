// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.awaitility.Awaitility.await;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.FakeUpstream.Connection;
import io.spanway.testing.FakeUpstream.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;

/** A Tempo and a Loki of bare sockets, and what they say; each test decides when they say it. */
final class CorrelatedUpstreams implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();

  static final String TRACE = "4a789cb3d8b9b45c1b98fbe466809a11";
  static final String SPAN = "111b8aaa62f28d1a";
  static final String LOGS = "/spanway/v1/logs?traceId=" + TRACE;
  static final String V2 = "/api/v2/traces/" + TRACE;
  static final String RANGE = "/loki/api/v1/query_range";
  static final String LABELS = "/loki/api/v1/labels";
  static final String NGINX = "{service_name=\"nginx\"}";

  /** Old enough to be kept for long; in the middle of an hour. */
  static final long START = 1_700_001_000_000_000_000L;

  static final long END = START + 1_000_000_000L;

  final FakeUpstream tempo;
  final FakeUpstream loki;

  CorrelatedUpstreams() {
    try {
      tempo = new FakeUpstream();
      loki = new FakeUpstream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    reset();
  }

  /** Lets both answer plainly again: one service, one line. */
  void reset() {
    tempo.forget();
    loki.forget();
    tempo.script((request, connection) -> sendTrace(connection, nginx()));
    loki.script(
        (request, connection) ->
            json(
                connection,
                path(request).equals(LABELS)
                    ? "{\"status\":\"success\",\"data\":[\"service_name\"]}"
                    : streams(List.of(line(0, "trace_id=" + TRACE)))));
  }

  ScriptGateway gateway(String more) {
    return ScriptGateway.start(loki.uri().getPort(), tempo.uri().getPort(), more);
  }

  // What requests say.

  static String path(Request request) {
    int query = request.target().indexOf('?');
    return query < 0 ? request.target() : request.target().substring(0, query);
  }

  static String parameter(Request request, String name) {
    String query = request.target().substring(request.target().indexOf('?') + 1);
    for (String each : query.split("&", -1)) {
      if (each.startsWith(name + "=")) {
        return URLDecoder.decode(each.substring(name.length() + 1), StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  /** The requests of one path. */
  static List<Request> asked(FakeUpstream upstream, String path) {
    return upstream.requests().stream().filter(each -> path(each).equals(path)).toList();
  }

  static void awaitAsked(FakeUpstream upstream, String path, int times) {
    await().atMost(Duration.ofSeconds(10)).until(() -> asked(upstream, path).size() >= times);
  }

  /** How many requests joined somebody else's so far. */
  static double joined(ScriptGateway gateway) {
    return metric(gateway, "spanway_cache_", "coalesced");
  }

  /** The sum of the metrics' lines that start with one text and hold another. */
  static double metric(ScriptGateway gateway, String start, String part) {
    return gateway
        .admin("GET", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start) && line.contains(part))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  // What upstreams do.

  /** Lets requests hang, and knows when Spanway has closed their connections. */
  static final class Hanging {
    private final CountDownLatch gone;

    Hanging(int connections) {
      gone = new CountDownLatch(connections);
    }

    void hang(Connection connection) throws IOException {
      try {
        connection.awaitClosed();
      } finally {
        gone.countDown();
      }
    }

    boolean isGivenUp() throws InterruptedException {
      return gone.await(10, TimeUnit.SECONDS);
    }
  }

  /** How many requests are being served at once. */
  static final class Crowd {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final CountDownLatch full;

    Crowd(int enough) {
      full = new CountDownLatch(enough);
    }

    /** Holds the request until enough are there. */
    void join() throws InterruptedException {
      int there = now.incrementAndGet();
      most.accumulateAndGet(there, Math::max);
      full.countDown();
      if (!full.await(10, TimeUnit.SECONDS)) {
        throw new AssertionError("only " + there + " requests came at once");
      }
      now.decrementAndGet();
    }

    int most() {
      return most.get();
    }
  }

  static void json(Connection connection, String body) throws IOException {
    send(connection, 200, "application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  static void sendTrace(Connection connection, byte[] trace) throws IOException {
    send(connection, 200, "application/protobuf", trace);
  }

  static void send(Connection connection, int status, String type, byte[] body) throws IOException {
    head(connection, status, type, body.length);
    connection.send(body);
  }

  static void head(Connection connection, int status, String type, int length) throws IOException {
    connection.send(
        "HTTP/1.1 "
            + status
            + " Fine\r\nContent-Type: "
            + type
            + "\r\nContent-Length: "
            + length
            + "\r\n\r\n");
  }

  // What Loki says.

  /** One entry as Loki writes it, so many nanoseconds into the window, without metadata. */
  static String line(long offset, String text) {
    return entry(offset, text, "{}");
  }

  /** One entry with fields of structured metadata. */
  static String entry(long offset, String text, String metadata) {
    return "[\""
        + (START + offset)
        + "\","
        + JsonMapper.shared().writeValueAsString(text)
        + ",{\"structuredMetadata\":"
        + metadata
        + "}]";
  }

  static String streams(List<String> entries) {
    String values = String.join(",", entries);
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"encodingFlags\":"
        + "[\"categorize-labels\"],\"result\":["
        + (values.isEmpty()
            ? ""
            : "{\"stream\":{\"service_name\":\"nginx\"},\"values\":[" + values + "]}")
        + "],\"stats\":{}}}";
  }

  // What Tempo says: TraceByIDResponse of tempo.proto, Trace of OpenTelemetry's trace.proto.

  static byte[] nginx() {
    return trace(List.of(Map.of("service.name", "nginx")));
  }

  /** A trace with one span for each resource; the first one is {@link #SPAN}. */
  static byte[] trace(List<Map<String, String>> resources) {
    var trace = new ByteArrayOutputStream();
    for (int i = 0; i < resources.size(); i++) {
      var resource = new ByteArrayOutputStream();
      for (Map.Entry<String, String> each : resources.get(i).entrySet()) {
        var pair = new ByteArrayOutputStream();
        field(pair, 1, text(each.getKey()));
        field(pair, 2, message(1, text(each.getValue())));
        field(resource, 1, pair.toByteArray());
      }
      var span = new ByteArrayOutputStream();
      field(span, 1, HEX.parseHex(TRACE));
      byte[] spanId = HEX.parseHex(SPAN);
      spanId[0] += (byte) i;
      field(span, 2, spanId);
      field(span, 5, text("GET /"));
      time(span, 7, START);
      time(span, 8, END);
      var batch = new ByteArrayOutputStream();
      field(batch, 1, resource.toByteArray());
      field(batch, 2, message(2, span.toByteArray()));
      field(trace, 1, batch.toByteArray());
    }
    return message(1, trace.toByteArray());
  }

  private static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] message(int number, byte[] value) {
    var out = new ByteArrayOutputStream();
    field(out, number, value);
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] value) {
    out.write((number << 3) | 2);
    int length = value.length;
    for (; length > 0x7f; length >>>= 7) {
      out.write((length & 0x7f) | 0x80);
    }
    out.write(length);
    out.writeBytes(value);
  }

  private static void time(ByteArrayOutputStream out, int number, long nanos) {
    out.write((number << 3) | 1);
    out.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(nanos).array());
  }

  @Override
  public void close() {
    try {
      tempo.close();
      loki.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
