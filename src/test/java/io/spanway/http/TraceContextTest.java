// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceContextTest {
  private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static long never() {
    throw new AssertionError("random is not asked for a context that was received");
  }

  private static HttpHeaders headers() {
    return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  }

  private static LongSupplier counting() {
    long[] next = {0x1111_1111_1111_1110L};
    return () -> ++next[0];
  }

  @Test
  void validHeader_isKept() {
    HttpHeaders headers =
        new DefaultHttpHeaders().add("traceparent", VALID).add("tracestate", "a=b");

    TraceContext context = TraceContext.of(headers, TraceContextTest::never);
    context.writeTo(headers);

    assertThat(context.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(context.spanId()).isEqualTo("b7ad6b7169203331");
    assertThat(context.isSampled()).isTrue();
    assertThat(context.isReceived()).isTrue();
    assertThat(headers.getAll("traceparent")).containsExactly(VALID);
    assertThat(headers.get("tracestate")).isEqualTo("a=b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c8031\u0663\u0663-b7ad6b7169203331-01",
      })
  void invalidHeader_isReplaced(String value) {
    HttpHeaders headers = headers().add("traceparent", value);

    TraceContext context = TraceContext.of(headers, counting());
    context.writeTo(headers);

    assertThat(headers.getAll("traceparent"))
        .containsExactly("00-11111111111111111111111111111112-1111111111111113-00");
    assertThat(context.isReceived()).isFalse();
    assertThat(context.isSampled()).isFalse();
  }

  @Test
  void laterVersion_isUnderstood() {
    TraceContext context = TraceContext.parse("cc" + VALID.substring(2, 53) + "03-what-ever");

    assertThat(context).isNotNull();
    assertThat(context.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(context.isSampled()).isTrue();
  }

  @Test
  void severalHeaders_areNone() {
    HttpHeaders headers =
        new DefaultHttpHeaders().add("traceparent", VALID).add("traceparent", VALID);

    assertThat(TraceContext.of(headers, counting()).isReceived()).isFalse();
  }

  @Test
  void randomZero_isNoId() {
    TraceContext context = TraceContext.of(new DefaultHttpHeaders(), () -> 0);

    assertThat(TraceContext.parse(context.header())).isNotNull();
  }

  @Test
  void recordedSpan_isSampledAndOurs() {
    TraceContext context =
        TraceContext.recorded("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");

    assertThat(context.header()).isEqualTo(VALID);
    assertThat(context.isSampled()).isTrue();
    assertThat(context.isReceived()).isFalse();
  }
}
