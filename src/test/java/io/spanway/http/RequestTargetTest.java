// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestTargetTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a/b|/a/b|/a/b|''",
        "/a?x=1|/a|/a|x=1",
        "/a?|/a|/a|''",
        "/a?b?c|/a|/a|b?c",
        "/a%2fb%2F|/a%2fb%2F|/a/b/|''",
        "/a+b|/a+b|/a+b|''",
        "/caf%C3%A9|/caf%C3%A9|/café|''",
        "/a%25b|/a%25b|/a%b|''",
        "//a//b|//a//b|//a//b|''",
        "/a;x=y|/a;x=y|/a;x=y|''",
        "*|*|*|''",
        "http://loki:3100/a?b|/a|/a|b",
        "HTTPS://user@loki/a|/a|/a|''",
        "http://loki|/|/|''",
        "http://loki?x=/y|/|/|x=/y",
        "/x?u=http://other/path|/x|/x|u=http://other/path",
      })
  void target_isTakenApart(String raw, String rawPath, String path, String query)
      throws BadTargetException {
    RequestTarget target = RequestTarget.parse(raw);

    assertThat(target.raw()).isEqualTo(raw);
    assertThat(target.rawPath()).isEqualTo(rawPath);
    assertThat(target.path()).isEqualTo(path);
    assertThat(target.rawQuery()).isEqualTo(query);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a/b?x=1|/a/b|/a/b?x=1",
        "/a/b?x=1|/b|/b?x=1",
        "/a/b|/b|/b",
        "/a?|/a|/a?",
        "/a?|/|/",
        "http://loki:3100/a?b|/a|/a?b",
        "http://loki|/|/",
        "*|*|*",
      })
  void path_isReplaced(String raw, String path, String origin) throws BadTargetException {
    assertThat(RequestTarget.parse(raw).withPath(path)).isEqualTo(origin);
  }

  @Test
  void bytesOutsideAscii_areEscaped() throws BadTargetException {
    // The two bytes of é as a decoder gives them, one character each.
    RequestTarget target = RequestTarget.parse("/caf\u00c3\u00a9?q=\u00c3\u00a9");

    assertThat(target.rawPath()).isEqualTo("/caf%C3%A9");
    assertThat(target.path()).isEqualTo("/café");
    assertThat(target.query().first("q")).isEqualTo("é");
  }

  @Test
  void textTypedByHand_isEscapedAsUtf8() throws BadTargetException {
    RequestTarget target = RequestTarget.parse("/\u20ac/\ud83d\ude00");

    assertThat(target.rawPath()).isEqualTo("/%E2%82%AC/%F0%9F%98%80");
    assertThat(target.path()).isEqualTo("/\u20ac/\ud83d\ude00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "x?u=http://other/path",
        "ftp://loki/a",
        "http:///a",
        "http://?a",
        "loki:3100",
        "/a b",
        "/a\r\nHost: x",
        "/a\tb",
        "/a\u0000",
        "/a\u007f",
        "/a#b",
        "/a?b#c",
        "http://h#ost/a",
        "/%",
        "/%4",
        "/%zz",
        "/%-1",
        "/%\uff11\uff11",
        "/%ff",
        "/%c0%ae",
        "/%ed%a0%80",
        "/\u00e9",
        "**",
      })
  void badTarget_isRefused(String raw) {
    assertThatThrownBy(() -> RequestTarget.parse(raw)).isInstanceOf(BadTargetException.class);
  }

  @Test
  void badEscape_isShownOnOneLine() {
    assertThatThrownBy(() -> QueryParameters.parse("a=%\"\n"))
        .isInstanceOf(BadTargetException.class)
        .hasMessage("invalid URL escape \"%??\"");
  }
}
