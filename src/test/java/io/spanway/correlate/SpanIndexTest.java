// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SpanIndexTest {
  private static final String A = "111b8aaa62f28d1a";
  private static final String B = "00f067aa0ba902b7";
  private static final String ZEROS = "000a7aa0ba902b71";
  private static final String SHORT = "0000000000000042";

  private record Case(String line, Map<String, String> labels, @Nullable String span) {}

  static Stream<Case> cases() {
    return Stream.of(
        new Case("nothing", Map.of(), null),
        new Case("", Map.of(), null),
        new Case("span=" + A, Map.of(), A),
        new Case(A, Map.of(), A),
        new Case("span=" + A.toUpperCase(java.util.Locale.ROOT) + ".", Map.of(), A),
        new Case("x", Map.of("span_id", A), A),
        new Case("x", Map.of("other", A), null),
        new Case("span=" + A, Map.of("span_id", B), B),
        new Case("span=" + A, Map.of("span_id", "ffffffffffffffff"), A),
        new Case("trace=" + A + A + " span=" + B, Map.of(), B),
        new Case("trace=" + A + A, Map.of(), null),
        new Case("span=" + ZEROS, Map.of(), ZEROS),
        new Case("answer=42", Map.of("span_id", SHORT), SHORT),
        new Case("answer=" + SHORT, Map.of(), SHORT),
        new Case("123 abc " + B + " " + A, Map.of(), B));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void entry_belongsToTheSpanThatItNames(Case each) {
    SpanIndex index =
        new SpanIndex(
            new Trace(
                TraceId.parse("1".repeat(32)),
                Stream.of(A, B, ZEROS, SHORT).map(SpanIndexTest::span).toList(),
                false,
                null),
            List.of("span_id", "spanID"));

    SpanId found = index.spanOf(each.line(), each.labels());

    assertThat(found == null ? null : found.hex()).isEqualTo(each.span());
  }

  @org.junit.jupiter.api.Test
  void traceWithoutSpans_claimsNothing() {
    SpanIndex index =
        new SpanIndex(
            new Trace(TraceId.parse("1".repeat(32)), List.of(), false, null), List.of("span_id"));

    assertThat(index.spanOf("span=" + A, Map.of("span_id", A))).isNull();
  }

  private static Span span(String id) {
    return new Span(
        SpanId.parse(id),
        null,
        "op",
        "",
        0,
        1,
        new Resource(Attributes.EMPTY),
        Attributes.EMPTY,
        Attributes.EMPTY);
  }
}
