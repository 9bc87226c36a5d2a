// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A trace of fifty thousand spans of fifty resources, each span with eight attributes, one event
 * and a name of a hundred. With {@code -prof gc} it says what is allocated for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TraceBenchmark {
  private static final TraceId ID = TraceId.parse("1");
  private static final int RESOURCES = 50;
  private static final int SPANS = 1_000;

  /** {@code walk}: as Spanway does; {@code tree}: by protobuf's own objects. */
  @Param({"walk", "tree"})
  private String how = "";

  private byte[] body = {};

  /** Makes the trace. */
  @Setup
  public void setUp() {
    var trace = TracesData.newBuilder();
    for (int r = 0; r < RESOURCES; r++) {
      var scope = ScopeSpans.newBuilder();
      for (int s = 0; s < SPANS; s++) {
        scope.addSpans(span(r * SPANS + s + 1));
      }
      trace.addResourceSpans(
          ResourceSpans.newBuilder()
              .setResource(
                  Resource.newBuilder()
                      .addAttributes(pair("service.name", "service-" + r))
                      .addAttributes(pair("k8s.namespace.name", "shop")))
              .addScopeSpans(scope));
    }
    body = trace.build().toByteArray();
  }

  /** Decodes, and looks at what a look-up of one span looks at. */
  @Benchmark
  public Object oneSpan() throws TraceDecodeException {
    Trace trace = decode();
    io.spanway.model.Span span = Objects.requireNonNull(trace.root());
    return Objects.requireNonNull(span.labelValue("http.route"));
  }

  /** Decodes, and looks at an attribute of every span. */
  @Benchmark
  public int everySpan() throws TraceDecodeException {
    int length = 0;
    for (io.spanway.model.Span span : decode().spans()) {
      length += Objects.requireNonNull(span.labelValue("http.route")).length();
    }
    return length;
  }

  private Trace decode() throws TraceDecodeException {
    return how.equals("walk")
        ? TraceDecoder.decode(ID, body, TraceDecoder.Format.V1_PROTOBUF)
        : TreeProtobufDecoder.decodeV1(ID, body);
  }

  private static Span span(int i) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(new byte[16]))
        .setSpanId(id(i))
        .setParentSpanId(id(i / 10))
        .setName("operation-" + i % 100)
        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
        .setStartTimeUnixNano(1_700_000_000_000_000_000L + i)
        .setEndTimeUnixNano(1_700_000_000_000_900_000L + i)
        .addAttributes(pair("http.request.method", "GET"))
        .addAttributes(pair("http.route", "/cart/{id}"))
        .addAttributes(pair("url.path", "/cart/" + i))
        .addAttributes(pair("server.address", "shop.example.com"))
        .addAttributes(pair("k8s.pod.name", "checkout-7d9f8b6c5-" + i % 30))
        .addAttributes(pair("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"))
        .addAttributes(
            KeyValue.newBuilder()
                .setKey("http.response.status_code")
                .setValue(AnyValue.newBuilder().setIntValue(200)))
        .addAttributes(
            KeyValue.newBuilder()
                .setKey("messaging.sampled")
                .setValue(AnyValue.newBuilder().setBoolValue(true)))
        .addEvents(
            Span.Event.newBuilder().setName("done").addAttributes(pair("detail", "event " + i)))
        .build();
  }

  private static ByteString id(int i) {
    return ByteString.copyFrom(ByteBuffer.allocate(8).putLong(i).array());
  }

  private static KeyValue pair(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
