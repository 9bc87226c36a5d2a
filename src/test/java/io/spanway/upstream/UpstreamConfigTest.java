// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamConfigTest {
  private static final UpstreamAddress ONE = new UpstreamAddress("loki", 3100, "");

  @ParameterizedTest
  @ValueSource(strings = {"a", "team-1", "a|b", "A!-_.*'()z", "..."})
  void tenantThatLokiTakes_isTaken(String tenant) {
    assertThat(config(List.of(ONE), 1, tenant).tenant()).isEqualTo(tenant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a/b", ".", "..", "a|", "|", "a||b", "ä", "a\n"})
  void tenantThatLokiRefuses_isRefused(String tenant) {
    assertThatThrownBy(() -> config(List.of(ONE), 1, tenant))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tenant: was \"")
        .hasMessageEndingWith("(expected: ASCII letters, digits and !-_.*'()|, at most 150 each)");
  }

  @Test
  void noAddressTooManyOrOneTwice_isRefused() {
    List<UpstreamAddress> many =
        IntStream.rangeClosed(1, 65).mapToObj(i -> new UpstreamAddress("loki", i, "")).toList();

    assertThat(config(many.subList(0, 64), 1, null).urls()).hasSize(64);
    assertThatThrownBy(() -> config(List.of(), 1, null))
        .hasMessage("urls: was a list of 0 (expected: 1 to 64)");
    assertThatThrownBy(() -> config(many, 1, null))
        .hasMessage("urls: was a list of 65 (expected: 1 to 64)");
    assertThatThrownBy(() -> config(List.of(ONE, ONE), 1, null))
        .hasMessage("urls: was a list with the same URL twice (expected: each once)");
  }

  @ParameterizedTest
  @CsvSource({"0, 4, 2147483647", "256, 4, 64", "10, 4, 3", "1, 4, 1"})
  void connections_areSharedOutAmongTheLoops(int all, int loops, int each) {
    assertThat(config(List.of(ONE), all, null).connectionsPerLoop(loops)).isEqualTo(each);
  }

  @Test
  void connectionsOutsideTheirRange_areRefused() {
    assertThatThrownBy(() -> config(List.of(ONE), -1, null))
        .hasMessage("maxConnections: was -1 (expected: 0 to 100000)");
  }

  private static UpstreamConfig config(
      List<UpstreamAddress> urls, int maxConnections, @Nullable String tenant) {
    return new UpstreamConfig(
        urls,
        List.of(),
        "/loki-ds",
        UpstreamTimeouts.DEFAULT,
        maxConnections,
        UpstreamHealth.DEFAULT,
        UpstreamRetries.DEFAULT,
        UpstreamTls.DEFAULT,
        tenant,
        UpstreamAuth.DEFAULT);
  }
}
