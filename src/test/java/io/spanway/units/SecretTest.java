// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SecretTest {
  @Test
  void text_isGivenOnlyWhenAskedFor() {
    Secret secret = new Secret("hunter2");

    assertThat(secret.value()).isEqualTo("hunter2");
    assertThat(secret).hasToString("***");
  }

  @Test
  void secrets_areEqualByText() {
    assertThat(new Secret("a"))
        .isEqualTo(new Secret("a"))
        .hasSameHashCodeAs(new Secret("a"))
        .isNotEqualTo(new Secret("b"))
        .isNotEqualTo("a");
  }
}
