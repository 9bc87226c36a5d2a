// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TenantIdTest {
  @ParameterizedTest
  @CsvSource({
    "acme, acme",
    "b|a, a|b",
    "a|a, a",
    "a:sub, a",
    "\"A-z_0.9!*'()\", \"A-z_0.9!*'()\"",
  })
  void parse_accepted_isCanonical(String header, String value) {
    if (header.startsWith("\"")) {
      header = header.substring(1, header.length() - 1);
      value = value.substring(1, value.length() - 1);
    }
    assertThat(TenantId.parse(header).value()).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "|", "a|", ".", "..", "a/b", "a b", " a", "ä", "a|../b", "a\n"})
  void parse_notAllowed_isRefused(String header) {
    assertThatThrownBy(() -> TenantId.parse(header))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a tenant ID");
  }

  @Test
  void parse_tooLong_isRefused() {
    assertThat(TenantId.parse("x".repeat(150)).ids()).hasSize(1);
    assertThatThrownBy(() -> TenantId.parse("x".repeat(151))).hasMessageContaining("150");
  }
}
