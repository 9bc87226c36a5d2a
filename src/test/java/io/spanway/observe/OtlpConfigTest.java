// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.units.Secret;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OtlpConfigTest {
  private static final OtlpConfig FROM = OtlpConfig.DEFAULT;

  /** Returns a configuration as by default but for its URL and the like. */
  static OtlpConfig config(@Nullable String url, double ratio, int queue) {
    return new OtlpConfig(
        url, Map.of(), ratio, FROM.timeout(), queue, FROM.serviceName(), Map.of());
  }

  private static OtlpConfig headers(String name, String value) {
    return new OtlpConfig(
        null, Map.of(name, new Secret(value)), 1, FROM.timeout(), 1, "spanway", Map.of());
  }

  @Test
  void default_isOff() {
    assertThat(FROM.isOn()).isFalse();
    assertThat(config("http://tempo:4318/v1/traces", 1, 1).isOn()).isTrue();
    assertThat(config("https://[::1]/otlp/v1/traces", 1, 1).isOn()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tempo:4318",
        "ftp://tempo/v1/traces",
        "http:///v1/traces",
        "http://tempo:4318",
        "http://tempo:4318/",
        "http://tempo:4318/v1/traces?a=b",
        "http://tempo:4318/v1/traces#a",
        "http://tempo:4318/v1 traces",
      })
  void urlThatNoCollectorHas_isRefused(String url) {
    assertThatThrownBy(() -> config(url, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("url: was ")
        .hasMessageEndingWith(
            "(expected: a collector's URL for traces, such as http://tempo:4318/v1/traces)");
  }

  @Test
  void passwordInTheUrl_isRefusedAndNotRepeated() {
    assertThatThrownBy(() -> config("http://me:hush@tempo:4318/v1/traces", 1, 1))
        .hasMessageStartingWith("url: was one with credentials")
        .hasMessageNotContaining("hush");
    assertThatThrownBy(() -> config("http://me:hush@tempo:4318/v1 traces", 1, 1))
        .hasMessageStartingWith("url: was not a URL")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
  void ratioOutsideItsRange_isRefused(double ratio) {
    assertThatThrownBy(() -> config(null, ratio, 1))
        .hasMessage("sampleRatio: was " + ratio + " (expected: 0 to 1, such as 0.1)");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1_000_001})
  void queueOutsideItsRange_isRefused(int queue) {
    assertThatThrownBy(() -> config(null, 1, queue))
        .hasMessage("queue: was " + queue + " (expected: 1 to 1000000)");
  }

  @ParameterizedTest
  @CsvSource({"PT0.099S", "PT1M0.001S", "PT0S", "PT-1S"})
  void timeoutOutsideItsRange_isRefused(Duration timeout) {
    assertThatThrownBy(() -> new OtlpConfig(null, Map.of(), 1, timeout, 1, "spanway", Map.of()))
        .hasMessageStartingWith("timeout: was ")
        .hasMessageEndingWith("(expected: 100ms to 60s)");
  }

  @Test
  void emptyName_isRefused() {
    assertThatThrownBy(() -> new OtlpConfig(null, Map.of(), 1, FROM.timeout(), 1, " ", Map.of()))
        .hasMessage("serviceName: was empty (expected: a name)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:b", "ä", "a\r\nb"})
  void nameThatNoHeaderHas_isRefused(String name) {
    assertThatThrownBy(() -> headers(name, "x"))
        .hasMessageStartingWith("headers: was with ")
        .hasMessageEndingWith("(expected: names of headers)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Host", "content-length", "Connection", "Content-Type"})
  void headerOfTheExportItself_isRefused(String name) {
    assertThatThrownBy(() -> headers(name, "x"))
        .hasMessage(
            "headers: was with %s (expected: none that each request has of itself)"
                .formatted(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hush\n", "hush\u0000", "hushé"})
  void valueThatNoHeaderHas_isRefusedAndNotRepeated(String value) {
    assertThatThrownBy(() -> headers("X-Key", value))
        .hasMessageStartingWith("headers: was with a control character")
        .hasMessageNotContaining("hush");
  }
}
