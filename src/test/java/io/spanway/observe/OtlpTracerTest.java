// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.http.TraceContext;
import io.spanway.proxy.CallSpan;
import io.spanway.proxy.ExchangeSpan;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.Operation;
import io.spanway.server.ServerExchange;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OtlpTracerTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private final List<SpanData> ended = new ArrayList<>();
  private final SpanProcessor collecting =
      new SpanProcessor() {
        @Override
        public void onStart(Context parent, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
          return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {
          ended.add(span.toSpanData());
        }

        @Override
        public boolean isEndRequired() {
          return true;
        }
      };

  /** A request that nobody answers. */
  private record Request(RequestHead request) implements ServerExchange {
    @Override
    public BodySource requestBody() {
      return Bodies.empty();
    }

    @Override
    public EventLoop eventLoop() {
      throw new UnsupportedOperationException();
    }

    @Override
    public SocketAddress remoteAddress() {
      return InetSocketAddress.createUnresolved("client", 1);
    }

    @Override
    public boolean isSecure() {
      return true;
    }

    @Override
    public @Nullable X509Certificate clientCertificate() {
      return null;
    }

    @Override
    public boolean isHttp2() {
      return true;
    }

    @Override
    public void respond(ResponseHead head, BodySource body) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void upgrade(ResponseHead head, ChannelHandler tunnel) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void abort() {}

    @Override
    public void onClose(ExchangeEnd task) {}
  }

  private static Request request(String agent) throws Exception {
    return new Request(
        new RequestHead(
            "GET",
            RequestTarget.parse("/loki/api/v1/labels"),
            new DefaultHttpHeaders().add("User-Agent", agent)));
  }

  private ExchangeSpan begin(double ratio, @Nullable String traceparent) throws Exception {
    TraceContext came =
        traceparent == null
            ? TraceContext.of(new DefaultHttpHeaders(), ThreadLocalRandom.current()::nextLong)
            : TraceContext.of(new DefaultHttpHeaders().add("traceparent", traceparent), () -> 1);
    return OtlpTracer.open(OtlpConfigTest.config("http://c/v1/traces", ratio, 1), collecting, "1")
        .begin(request("test"), Operation.LOKI_LABELS, came);
  }

  private static ExchangeSummary summary(String method, int status, @Nullable ProxyError error) {
    return new ExchangeSummary(
        Operation.LOKI_LABELS,
        method,
        "/loki/api/v1/labels",
        status,
        error == null ? null : error.flag(),
        null,
        null,
        null,
        TraceContext.recorded(TRACE, "b7ad6b7169203331"),
        null,
        "10.0.0.1",
        0,
        1,
        1,
        0,
        error == null ? null : "why");
  }

  @ParameterizedTest
  @CsvSource({
    // A caller's word counts, whatever the ratio.
    "0, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, true",
    "1, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00, false",
    // Other flags are not about sampling.
    "1, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02, false",
    "0, 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03, true",
    "0, cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later, true",
    // Nobody's word: the ratio.
    "0, , false",
    "1, , true",
    "1, 00-nonsense-01, true",
    "0, 00-nonsense-01, false",
  })
  void requestIsRecorded_asItsCallerOrTheRatioSays(
      double ratio, @Nullable String traceparent, boolean recorded) throws Exception {
    ExchangeSpan span = begin(ratio, traceparent);

    assertThat(span != ExchangeSpan.NONE).isEqualTo(recorded);
    span.end(summary("GET", 200, null));
    assertThat(ended).hasSize(recorded ? 1 : 0);
  }

  @Test
  void ratio_isThatOfManyRequests() throws Exception {
    int recorded = 0;
    for (int i = 0; i < 4000; i++) {
      recorded += begin(0.25, null) == ExchangeSpan.NONE ? 0 : 1;
    }

    // Ten standard deviations.
    assertThat(recorded).isBetween(1000 - 274, 1000 + 274);
  }

  @Test
  void context_isTheSpansOwnInTheCallersTrace() throws Exception {
    ExchangeSpan span = begin(1, "00-" + TRACE + "-b7ad6b7169203331-01");
    TraceContext context = span.context();
    span.end(summary("GET", 200, null));

    assertThat(context.traceId()).isEqualTo(TRACE);
    assertThat(context.spanId()).isEqualTo(ended.get(0).getSpanId());
    assertThat(context.isSampled()).isTrue();
    assertThat(ended.get(0).getParentSpanId()).isEqualTo("b7ad6b7169203331");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 200, , GET, , , UNSET, ''",
    "GET, 404, , GET, , , UNSET, ''",
    "GET, 499, CLIENT_GONE, GET, , , UNSET, ''",
    "GET, 502, CONNECTION_REFUSED, GET, , 502, ERROR, why",
    "GET, 503, , GET, , 503, ERROR, ''",
    "BREW, 405, HTTP_REQUEST_ERROR, _OTHER, BREW, , UNSET, ''",
    "get, 405, HTTP_REQUEST_ERROR, _OTHER, get, , UNSET, ''",
  })
  void serverSpan_saysHowItWent(
      String method,
      int status,
      @Nullable ProxyError error,
      String known,
      @Nullable String original,
      @Nullable String errorType,
      StatusCode code,
      String why)
      throws Exception {
    begin(1, null).end(summary(method, status, error));
    SpanData span = ended.get(0);

    assertThat(span.getName()).isEqualTo("loki_labels");
    assertThat(span.getAttributes().get(SpanKeys.METHOD)).isEqualTo(known);
    assertThat(span.getAttributes().get(SpanKeys.METHOD_AS_CAME)).isEqualTo(original);
    assertThat(span.getAttributes().get(SpanKeys.STATUS)).isEqualTo(status);
    assertThat(span.getAttributes().get(SpanKeys.ERROR_TYPE)).isEqualTo(errorType);
    assertThat(span.getAttributes().get(SpanKeys.FLAG))
        .isEqualTo(error == null ? null : error.flag());
    assertThat(span.getAttributes().get(SpanKeys.SCHEME)).isEqualTo("https");
    assertThat(span.getAttributes().get(SpanKeys.VERSION)).isEqualTo("2");
    assertThat(span.getStatus().getStatusCode()).isEqualTo(code);
    assertThat(span.getStatus().getDescription()).isEqualTo(why);
  }

  @Test
  void longTextOfAClient_isCut() throws Exception {
    OtlpTracer.open(OtlpConfigTest.config("http://c/v1/traces", 1, 1), collecting, "1")
        .begin(
            request("x".repeat(100_000)),
            Operation.LOKI_LABELS,
            TraceContext.of(new DefaultHttpHeaders(), () -> 1))
        .end(summary("GET", 200, null));

    assertThat(ended.get(0).getAttributes().get(SpanKeys.USER_AGENT)).hasSize(1024);
  }

  @ParameterizedTest
  @CsvSource({
    "200, end, , , UNSET",
    "404, end, , 404, ERROR",
    "503, end, , 503, ERROR",
    "200, fail, , http_response_incomplete, ERROR",
    "0, fail, , http_response_incomplete, ERROR",
    "0, cancel, true, , UNSET",
    "200, cancel, , , UNSET",
  })
  void clientSpan_saysHowItWentOnce(
      int status,
      String end,
      @Nullable Boolean cancelled,
      @Nullable String errorType,
      StatusCode code)
      throws Exception {
    OutboundRequest sent = new OutboundRequest("GET", "/labels?a=b", new DefaultHttpHeaders());
    CallSpan call = begin(1, null).call(Operation.LOKI_LABELS, sent);
    if (status > 0) {
      call.answered(status);
    }
    switch (end) {
      case "end" -> call.end();
      case "fail" -> call.failed(ProxyError.HTTP_RESPONSE_INCOMPLETE, "why");
      default -> call.cancelled();
    }
    call.cancelled();
    call.failed(ProxyError.CLIENT_GONE, "late");
    call.answered(500);
    call.end();

    assertThat(ended).hasSize(1);
    SpanData span = ended.get(0);
    assertThat(span.getAttributes().get(SpanKeys.STATUS))
        .isEqualTo(status == 0 ? null : (Long) (long) status);
    assertThat(span.getAttributes().get(SpanKeys.CANCELLED)).isEqualTo(cancelled);
    assertThat(span.getAttributes().get(SpanKeys.ERROR_TYPE)).isEqualTo(errorType);
    assertThat(span.getStatus().getStatusCode()).isEqualTo(code);
    assertThat(sent.headers().get("traceparent"))
        .isEqualTo("00-" + span.getTraceId() + "-" + span.getSpanId() + "-01");
  }

  @Test
  void attributes_areInTheReadme() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    List<String> names = new ArrayList<>();
    for (Field field : SpanKeys.class.getDeclaredFields()) {
      if (field.getType() == AttributeKey.class) {
        names.add(((AttributeKey<?>) field.get(null)).getKey());
      }
    }

    assertThat(names).hasSizeGreaterThan(20);
    assertThat(names).allSatisfy(name -> assertThat(readme).contains("`" + name + "`"));
  }
}
