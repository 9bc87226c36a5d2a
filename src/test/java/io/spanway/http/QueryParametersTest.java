// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryParametersTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a=1&b=2|a=1&b=2",
        "a|a=",
        "a=&&b|a=&b=",
        "=x|=x",
        "a=b=c|a=b%3Dc",
        "a=%7Bapp%3D%22x%22%7D|a=%7Bapp%3D%22x%22%7D",
        "a=x+y|a=x+y",
        "a=x%20y|a=x+y",
        "a=%2b|a=%2B",
        "a%3Bb=%3b|a%3Bb=%3B",
        "a=-_.~|a=-_.~",
        "a=*()'!|a=%2A%28%29%27%21",
        "a=%00|a=%00",
        "match[]=x|match%5B%5D=x",
        "a=é%F0%9F%98%80|a=%C3%A9%F0%9F%98%80",
        "a=%e2%82€|a=",
      })
  void query_isReadAndWrittenAsGoDoes(String encoded, String again) throws BadTargetException {
    if (encoded.contains("€")) {
      assertThatThrownBy(() -> QueryParameters.parse(encoded))
          .isInstanceOf(BadTargetException.class);
      return;
    }
    QueryParameters parameters = QueryParameters.parse(encoded);

    assertThat(parameters.encode()).isEqualTo(again);
    assertThat(QueryParameters.parse(again)).isEqualTo(parameters);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a;b", "a=1;b=2", "a=%", "a=%4", "a=%gg", "%zz=1", "a=%ff", "a=%\u0663\u0663"})
  void brokenQuery_isRefused(String encoded) {
    assertThatThrownBy(() -> QueryParameters.parse(encoded)).isInstanceOf(BadTargetException.class);
  }

  @Test
  void characterOutsideTheBasicPlane_survives() throws BadTargetException {
    QueryParameters parameters = QueryParameters.parse("a=\ud83d\ude00+%20");

    assertThat(parameters.first("a")).isEqualTo("\ud83d\ude00  ");
  }

  @Test
  void unpairedSurrogate_isWrittenAsQuestionMark() {
    assertThat(QueryParameters.of("a", "x\ud83dy").encode()).isEqualTo("a=x%3Fy");
    assertThat(QueryParameters.of("a", "x\ud83d").encode()).isEqualTo("a=x%3F");
  }

  @Test
  void repeatedNames_keepTheirOrder() throws BadTargetException {
    QueryParameters parameters = QueryParameters.parse("m=1&q=x&m=2");

    assertThat(parameters.first("m")).isEqualTo("1");
    assertThat(parameters.all("m")).containsExactly("1", "2");
    assertThat(parameters.names()).containsExactly("m", "q");
    assertThat(parameters.first("none")).isNull();
    assertThat(parameters.has("none")).isFalse();
  }

  @Test
  void with_replacesAtTheFirstPlace() {
    QueryParameters parameters = QueryParameters.of("a", "1", "b", "2", "a", "3");

    assertThat(parameters.with("a", "9").encode()).isEqualTo("a=9&b=2");
    assertThat(parameters.with("c", "9").encode()).isEqualTo("a=1&b=2&a=3&c=9");
    assertThat(parameters.without("a").encode()).isEqualTo("b=2");
    assertThat(parameters.without("c")).isSameAs(parameters);
  }

  @Test
  void form_goesBeforeTheUrl() {
    QueryParameters form = QueryParameters.of("query", "form");

    assertThat(form.then(QueryParameters.of("query", "url")).first("query")).isEqualTo("form");
    assertThat(form.then(QueryParameters.empty())).isSameAs(form);
  }

  @Test
  void anyText_survivesTheWayOutAndBack() throws BadTargetException {
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        int c = random.nextInt(random.nextBoolean() ? 0x80 : 0x11000);
        text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 'x' : c);
      }
      QueryParameters parameters = QueryParameters.of("k" + text, text.toString());

      assertThat(QueryParameters.parse(parameters.encode()))
          .as("seed %d, round %d", seed, i)
          .isEqualTo(parameters);
    }
  }
}
