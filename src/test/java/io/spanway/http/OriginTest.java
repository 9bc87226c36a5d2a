// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OriginTest {
  @ParameterizedTest
  @CsvSource({
    "https://grafana.example, https, grafana.example, 443",
    "HTTPS://Grafana.Example, https, grafana.example, 443",
    "http://grafana.example, http, grafana.example, 80",
    "http://grafana.example:3000, http, grafana.example, 3000",
    "https://grafana.example:443, https, grafana.example, 443",
    "http://10.0.0.1:3000, http, 10.0.0.1, 3000",
    "http://[::1]:3000, http, [::1], 3000",
    "http://[::1], http, [::1], 80",
    "app://obsidian:1, app, obsidian, 1",
  })
  void origin_isReadWithItsPort(String text, String scheme, String host, int port) {
    assertThat(Origin.parse(text)).isEqualTo(new Origin(scheme, host, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "grafana.example",
        "://grafana.example",
        "https://",
        "https://:443",
        "https://grafana.example/",
        "https://grafana.example/path",
        "https://user@grafana.example",
        "https://grafana.example:",
        "https://grafana.example:0",
        "https://grafana.example:65536",
        "https://grafana.example:443443443443",
        "https://grafana.example:+443",
        "https://grafana.example https://other.example",
        "https://grafana.example,https://other.example",
        "https://gräfana.example",
        "http://[]",
        "http://[::1",
        "http://[::1]3000",
        "app://obsidian",
      })
  void whatIsNoOrigin_isNull(String text) {
    assertThat(Origin.parse(text)).isNull();
  }
}
