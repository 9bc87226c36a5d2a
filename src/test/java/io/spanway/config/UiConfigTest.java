// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.spanway.config.UiConfig.Access;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UiConfigTest {
  @Test
  void default_isThisMachine() {
    assertThat(UiConfig.DEFAULT).isEqualTo(new UiConfig(Access.LOCAL, List.of()));
    assertThat(AdminConfig.DEFAULT.ui()).isEqualTo(UiConfig.DEFAULT);
  }

  @Test
  void hosts_areLowerCaseAndDistinct() {
    assertThat(new UiConfig(Access.ALL, List.of("A.example", "a.example", "b")).hosts())
        .containsExactly("a.example", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.example:9464", "http://a.example", "a/b", "*.example", "a b"})
  void hostThatIsNoName_isRefused(String host) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new UiConfig(Access.ALL, List.of(host)))
        .withMessageStartingWith("hosts: was \"" + host + "\"");
  }
}
