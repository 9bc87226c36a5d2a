// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ListenAddressTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:3100, 0.0.0.0, 3100, 0.0.0.0:3100",
    ":3100, 0.0.0.0, 3100, 0.0.0.0:3100",
    "localhost:0, localhost, 0, localhost:0",
    "[::]:3100, ::, 3100, [::]:3100",
    "[fe80::1%eth0]:65535, fe80::1%eth0, 65535, [fe80::1%eth0]:65535",
  })
  void text_isReadAndWritten(String text, String host, int port, String written) {
    ListenAddress address = ListenAddress.parse(text);

    assertThat(address).isEqualTo(new ListenAddress(host, port)).hasToString(written);
    assertThat(ListenAddress.parse(written)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "3100",
        "host",
        "host:",
        "host:x",
        "host:65536",
        "host:99999",
        "host:-1",
        "host:000080",
        "::1:80",
        "a b:80",
        "http://host:80",
        "[::1:80",
        "host:٣",
        "[[::1]]:80"
      })
  void textThatIsNoAddress_isRefused(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was \"%s\" (expected: host:port, such as 0.0.0.0:3100)", text);
  }

  @Test
  void portOutsideItsRange_isRefused() {
    assertThatThrownBy(() -> new ListenAddress("localhost", 70_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was port 70000 (expected: 0 to 65535)");
  }
}
