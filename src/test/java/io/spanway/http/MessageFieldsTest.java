// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Accept-Encoding, Content-Encoding and Cache-Control. */
final class MessageFieldsTest {
  private static HttpHeaders headers(String name, String value) {
    return new DefaultHttpHeaders().add(name, value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip|true|true",
        "GZip|true|true",
        "x-gzip|true|true",
        "deflate, gzip;q=1.0, *;q=0.5|true|true",
        "gzip;q=0|false|true",
        "gzip;q=0.000|false|true",
        "gzip; q=0.001|true|true",
        "gzip;Q=0.5|true|true",
        "gzip;q=|false|true",
        "gzip;q=x|false|true",
        "gzip;q=2|true|true",
        "gzip;q=0.0001|false|true",
        "*|true|true",
        "*;q=0|false|false",
        "*;q=0, gzip|true|false",
        "*;q=0, identity|false|true",
        "identity;q=0, gzip|true|false",
        "identity|false|true",
        "gzip;q=0, *|false|true",
        "br, zstd|false|true",
        "''|false|true",
        " , ,|false|true",
        "gzipped|false|true",
      })
  void acceptEncoding_isRead(String value, boolean gzip, boolean identity) {
    assertThat(AcceptEncoding.of(headers("Accept-Encoding", value)))
        .isEqualTo(new AcceptEncoding(gzip, identity));
  }

  @Test
  void acceptEncoding_maySpanLines() {
    HttpHeaders headers = headers("Accept-Encoding", "br").add("accept-encoding", "gzip");

    assertThat(AcceptEncoding.of(headers).gzip()).isTrue();
    assertThat(AcceptEncoding.of(new DefaultHttpHeaders()))
        .isEqualTo(new AcceptEncoding(false, true));
  }

  @ParameterizedTest
  @CsvSource({
    "gzip, GZIP",
    "X-GZIP, GZIP",
    "'gzip ', GZIP",
    "deflate, DEFLATE",
    "identity, IDENTITY",
    "'', IDENTITY",
    "br, OTHER",
    "'gzip, gzip', OTHER",
  })
  void contentEncoding_isRead(String value, ContentCoding coding) {
    assertThat(ContentCoding.of(headers("Content-Encoding", value))).isEqualTo(coding);
  }

  @Test
  void contentEncoding_onSeveralLinesIsOther() {
    assertThat(ContentCoding.of(new DefaultHttpHeaders())).isEqualTo(ContentCoding.IDENTITY);
    assertThat(
            ContentCoding.of(headers("Content-Encoding", "gzip").add("Content-Encoding", "gzip")))
        .isEqualTo(ContentCoding.OTHER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no-cache|true|false",
        "No-Cache|true|false",
        "no-store|false|true",
        "no-cache, no-store|true|true",
        "max-age=0|true|false",
        "max-age=00|true|false",
        "max-age=\"0\"|true|false",
        "max-age=10|false|false",
        "max-age=|false|false",
        "max-age|false|false",
        "private, max-age = 0|true|false",
        "no-cache=\"x\"|true|false",
        "only-if-cached|false|false",
        "''|false|false",
      })
  void cacheControl_isRead(String value, boolean noCache, boolean noStore) {
    assertThat(CacheControl.of(headers("Cache-Control", value)))
        .isEqualTo(new CacheControl(noCache, noStore));
  }

  @Test
  void pragma_countsOnlyAlone() {
    assertThat(CacheControl.of(headers("Pragma", "no-cache")).noCache()).isTrue();
    assertThat(CacheControl.of(headers("Pragma", "no-cache").add("Cache-Control", "x")).noCache())
        .isFalse();
    assertThat(CacheControl.of(new DefaultHttpHeaders())).isEqualTo(new CacheControl(false, false));
  }
}
