// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ViaTest {

  @Test
  void mark_isAddedAndFound() {
    HttpHeaders headers = new DefaultHttpHeaders().add("Via", "1.1 nginx");

    assertThat(Via.SPANWAY.isIn(headers)).isFalse();
    Via.SPANWAY.addTo(headers);

    assertThat(headers.getAll("Via")).containsExactly("1.1 nginx", "1.1 spanway");
    assertThat(Via.SPANWAY.isIn(headers)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 spanway|true",
        "HTTP/1.1 Spanway (x)|true",
        "2 spanway|true",
        "1.0 a, 1.1 spanway, 1.1 b|true",
        "1.1 a (c, 1.1 spanway), 2 b|false",
        "1.1 a (c \\) , 1.1 spanway), 2 b|false",
        "1.1 a (b (c) d), 1.1 spanway|true",
        "1.1 a(x),1.1 spanway(y)|true",
        "1.1  \t spanway|true",
        "spanway|false",
        "1.1 spanway-b|false",
        "1.1 spanway:80|false",
        "1.1 a spanway|false",
        "''|false",
        "(|false",
        ",,|false",
        "(\\|false",
      })
  void pseudonym_isFoundAsReceivedByOnly(String via, boolean found) {
    assertThat(Via.SPANWAY.isIn(new DefaultHttpHeaders().add("Via", via))).isEqualTo(found);
  }

  @Test
  void anotherPseudonym_isAnotherGateway() {
    HttpHeaders headers = new DefaultHttpHeaders().add("Via", "1.1 spanway");

    assertThat(new Via("edge").isIn(headers)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a,b", "a(b", "\u00e9"})
  void pseudonymThatIsNoToken_isRefused(String pseudonym) {
    assertThatThrownBy(() -> new Via(pseudonym)).isInstanceOf(IllegalArgumentException.class);
  }
}
