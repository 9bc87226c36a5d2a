// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouteConfigTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "/", "/x/", "//x", "/x y", "/x%20", "/../x", "/loki", "/api/x", "/spanway"})
  void badPrefix_isRefused(String prefix) {
    assertThatThrownBy(() -> new RouteConfig(prefix, "", Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loki.prefix: " + prefix + " (expected: ");
    assertThatThrownBy(() -> new RouteConfig("", prefix, Set.of()))
        .hasMessageContaining("tempo.prefix: " + prefix + " (expected: ");
  }

  @ParameterizedTest
  @CsvSource({"/a, /a", "/a, /a/b", "/a/b, /a"})
  void prefixesThatHideEachOther_areRefused(String loki, String tempo) {
    assertThatThrownBy(() -> new RouteConfig(loki, tempo, Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void prefixesThatShareLettersOnly_areFine() {
    assertThat(new RouteConfig("/a", "/ab", Set.of()).tempoPrefix()).isEqualTo("/ab");
    assertThat(new RouteConfig("", "", Set.of()).lokiPrefix()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "flush", "/*", "/a*", "/a/../b", "/a/"})
  void badAllowedPath_isRefused(String path) {
    assertThatThrownBy(() -> new RouteConfig("", "", Set.of(path)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("limits.allowAdminPaths");
  }
}
