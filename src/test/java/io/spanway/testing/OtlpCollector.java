// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A collector that takes spans by OTLP over HTTP, as told. Thread-safe. */
public final class OtlpCollector implements Closeable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final List<Resource> resources = new CopyOnWriteArrayList<>();
  private final List<Headers> headers = new CopyOnWriteArrayList<>();
  private final Queue<Integer> refusals = new ConcurrentLinkedQueue<>();
  private final AtomicInteger exports = new AtomicInteger();
  private final List<Long> times = new CopyOnWriteArrayList<>();
  private volatile int always = 200;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /** Starts one on a free port. */
  public OtlpCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.setExecutor(threads);
    server.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      times.add(System.nanoTime());
      exports.incrementAndGet();
      gate.await();
      Integer refusal = refusals.poll();
      int status = refusal == null ? always : refusal;
      if (status == 200) {
        headers.add(exchange.getRequestHeaders());
        ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(body);
        request
            .getResourceSpansList()
            .forEach(
                each -> {
                  resources.add(each.getResource());
                  each.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
                });
      } else {
        exchange.getResponseHeaders().set("Retry-After", "2");
      }
      exchange.sendResponseHeaders(status, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns where it takes traces. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
  }

  /** Has the next exports refused, each with its status, for two seconds. */
  public void refuse(Integer... statuses) {
    refusals.addAll(List.of(statuses));
  }

  /** Answers every export with {@code status}. */
  public void always(int status) {
    always = status;
  }

  /** Answers nobody until {@link #open}. */
  public void hold() {
    gate = new CountDownLatch(1);
  }

  /** Answers again, also those who wait. */
  public void open() {
    gate.countDown();
  }

  /** Returns how many exports came, refused ones included. */
  public int exports() {
    return exports.get();
  }

  /** Returns how long after the first export the second came. */
  public Duration betweenTheFirstTwo() {
    return Duration.ofNanos(times.get(1) - times.get(0));
  }

  /** Returns the spans that were taken. */
  public List<Span> spans() {
    return List.copyOf(spans);
  }

  /** Waits until so many spans were taken, and returns them. */
  public List<Span> spans(int count) {
    await().atMost(Duration.ofSeconds(20)).until(() -> spans.size() >= count);
    return spans();
  }

  /** Returns the resource of the last export. */
  public Map<String, String> resource() {
    return attributes(resources.get(resources.size() - 1).getAttributesList());
  }

  /** Returns the headers of the last export. */
  public Headers headers() {
    return headers.get(headers.size() - 1);
  }

  /** Returns a span's attributes as texts. */
  public static Map<String, String> attributes(Span span) {
    return attributes(span.getAttributesList());
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey,
                each ->
                    switch (each.getValue().getValueCase()) {
                      case INT_VALUE -> Long.toString(each.getValue().getIntValue());
                      case BOOL_VALUE -> Boolean.toString(each.getValue().getBoolValue());
                      default -> each.getValue().getStringValue();
                    }));
  }

  /** Returns a span's place as a traceparent has it. */
  public static String traceparent(Span span) {
    return "00-" + hex(span.getTraceId()) + "-" + hex(span.getSpanId()) + "-01";
  }

  /** Returns the ID of a span's parent, empty for none. */
  public static String parent(Span span) {
    return hex(span.getParentSpanId());
  }

  private static String hex(com.google.protobuf.ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  @Override
  public void close() {
    open();
    server.stop(0);
    threads.shutdownNow();
  }
}
