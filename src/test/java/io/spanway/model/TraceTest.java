// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private static final TraceId ID = TraceId.parse("1");

  @Test
  void root_parentless_winsOverEarlierOrphan() {
    var orphan = span("a", "f", 1, 5, "x");
    var root = span("b", null, 2, 9, "y");
    var child = span("c", "b", 0, 3, "y");
    var trace = new Trace(ID, List.of(orphan, child, root), false, null);

    assertThat(trace.root()).isEqualTo(root);
    assertThat(trace.startNs()).isZero();
    assertThat(trace.endNs()).isEqualTo(9);
    assertThat(trace.serviceNames()).containsExactly("x", "y");
    assertThat(trace.span(SpanId.parse("c"))).isEqualTo(child);
    assertThat(trace.span(SpanId.parse("d"))).isNull();
  }

  @Test
  void root_noSpans_isNull() {
    assertThat(new Trace(ID, List.of(), false, null).root()).isNull();
  }

  @Test
  void labelValue_resourceThenSpanThenScope_skipsEmptyAndComposite() {
    var resource =
        new Attributes(
            List.of(
                new Attributes.Attribute("a", "", Attributes.Kind.SCALAR),
                new Attributes.Attribute("b", "[1]", Attributes.Kind.COMPOSITE),
                new Attributes.Attribute("c", "resource", Attributes.Kind.SCALAR)));
    var span =
        new Span(
            SpanId.parse("1"),
            null,
            "op",
            "",
            0,
            1,
            new Resource(resource),
            Attributes.of("a", "span", "c", "span"),
            Attributes.of("b", "scope"));

    assertThat(span.labelValue("a")).isEqualTo("span");
    assertThat(span.labelValue("b")).isEqualTo("scope");
    assertThat(span.labelValue("c")).isEqualTo("resource");
    assertThat(span.labelValue("d")).isNull();
  }

  @Test
  void timeRange_reversed_isRefused() {
    assertThat(new TimeRange(1, 1).durationNs()).isZero();
    assertThat(new TimeRange(0, 9).contains(new TimeRange(2, 9))).isTrue();
    assertThat(new TimeRange(0, 9).contains(new TimeRange(2, 10))).isFalse();
    assertThat(new TimeRange(-1, Long.MAX_VALUE).durationNs()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> new TimeRange(2, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Span span(
      String id, @Nullable String parent, long startNs, long endNs, String service) {
    return new Span(
        SpanId.parse(id),
        parent == null ? null : SpanId.parse(parent),
        "op",
        "",
        startNs,
        endNs,
        new Resource(Attributes.of("service.name", service)),
        Attributes.EMPTY,
        Attributes.EMPTY);
  }
}
