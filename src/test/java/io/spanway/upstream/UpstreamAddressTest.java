// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpstreamAddressTest {
  @ParameterizedTest
  @CsvSource({
    "http://loki:3100, loki, 3100, '', loki:3100, http://loki:3100",
    "http://loki, loki, 80, '', loki, http://loki",
    "HTTP://loki:80/, loki, 80, '', loki, http://loki",
    "http://gw/a/b//, gw, 80, /a/b, gw, http://gw/a/b",
    "http://[::1]:3100/x, ::1, 3100, /x, [::1]:3100, http://[::1]:3100/x",
    "https://loki, loki, 443, '', loki, https://loki",
    "HTTPS://loki:80/a, loki, 80, /a, loki:80, https://loki:80/a",
  })
  void url_isReadAndWritten(
      String url, String host, int port, String basePath, String hostHeader, String written) {
    UpstreamAddress address = UpstreamAddress.parse(url);

    boolean secure = written.startsWith("https:");
    assertThat(address)
        .isEqualTo(new UpstreamAddress(secure, host, port, basePath))
        .hasToString(written);
    assertThat(address.hostHeader()).isEqualTo(hostHeader);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | a URL such as http://loki:3100",
        "loki:3100 | a URL such as http://loki:3100",
        "http:// | a URL such as http://loki:3100",
        "http://lo ki:3100 | a URL such as http://loki:3100",
        "http://loki:0 | a URL such as http://loki:3100",
        "http://loki:70000 | a URL such as http://loki:3100",
        "ftp://loki | a URL such as http://loki:3100",
        "http://loki:3100/?x=1 | http://HOST:PORT/PATH with nothing behind it",
        "http://loki:3100#x | http://HOST:PORT/PATH with nothing behind it",
      })
  void urlThatIsNoUpstream_isRefused(String url, String expected) {
    assertThatThrownBy(() -> UpstreamAddress.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was \"%s\" (expected: %s)", url, expected);
  }

  @ParameterizedTest
  @CsvSource({"http://me:hunter2@loki:3100", "https://me:hunter2@loki", "http://me:hunter^2@loki"})
  void urlWithCredentials_isRefusedWithoutRepeatingThem(String url) {
    assertThatThrownBy(() -> UpstreamAddress.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "was a URL with credentials (expected: http://HOST:PORT; credentials go to auth)");
  }
}
