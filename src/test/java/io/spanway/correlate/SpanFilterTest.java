// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.SpanId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SpanFilterTest {
  private final SpanFilter filter =
      new SpanFilter(SpanId.parse("b7ad6b7169203331"), List.of("span_id", "spanID"), true);

  @Test
  void matches_lineOrField_isKept() {
    assertThat(filter.matches("x span=b7ad6b7169203331 y", Map.of())).isTrue();
    assertThat(filter.matches("x span=B7AD6B7169203331 y", Map.of())).isTrue();
    assertThat(filter.matches("x", Map.of("spanID", "b7ad6b7169203331"))).isTrue();
    assertThat(filter.matches("x", Map.of("other", "b7ad6b7169203331"))).isFalse();
    assertThat(filter.matches("x", Map.of("span_id", "0000000000000001"))).isFalse();
  }

  @Test
  void carriesSpan_anySpansField_counts() {
    assertThat(filter.carriesSpan("x", Map.of("span_id", "0000000000000001"))).isTrue();
    assertThat(filter.carriesSpan("x", Map.of("span_id", ""))).isFalse();
    assertThat(filter.carriesSpan("b7ad6b7169203331", Map.of())).isTrue();
    assertThat(filter.carriesSpan(null, Map.of())).isFalse();
  }

  @Test
  void shortId_isComparedWithFieldsOnly() {
    var brief = new SpanFilter(SpanId.parse("1"), List.of("span_id"), false);

    assertThat(brief.matches("0000000000000001", Map.of())).isFalse();
    assertThat(brief.matches("", Map.of("span_id", "0000000000000001"))).isTrue();
    assertThat(brief.logql()).isEqualTo(" | span_id=\"0000000000000001\"");
  }
}
