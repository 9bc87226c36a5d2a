// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.config.UiConfig;
import io.spanway.config.UiConfig.Access;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets the page and its data, and who does not. */
final class UiGuardTest {
  private static final UiGuard LOCAL = guard(Access.LOCAL);
  private static final UiGuard ALL = guard(Access.ALL);
  private static final String ME = "127.0.0.1";

  private static UiGuard guard(Access access) {
    return new UiGuard(new UiConfig(access, List.of("Spanway.example")));
  }

  private static InetSocketAddress peer(String address) {
    return new InetSocketAddress(address, 50_000);
  }

  private static RequestHead head(String... headers) {
    HttpHeaders all = new DefaultHttpHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    try {
      return new RequestHead("GET", RequestTarget.parse("/-/api/status"), all);
    } catch (BadTargetException e) {
      throw new AssertionError(e);
    }
  }

  private static @Nullable String data(UiGuard guard, String... headers) {
    return guard.dataRefusal(head(headers), peer(ME));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.3.2.1, true",
    "::1, true",
    "10.0.0.1, false",
    "192.168.1.7, false",
    "fe80::1, false",
  })
  void localAccess_isForThisMachine(String address, boolean allowed) {
    RequestHead head = head("Host", "localhost:9464");

    assertThat(LOCAL.refusal(head, peer(address)) == null).isEqualTo(allowed);
    assertThat(ALL.refusal(head, peer(address))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Forwarded", "X-Forwarded-For", "x-real-ip", "Via"})
  void localAccess_isNotForWhomAProxyAsks(String header) {
    RequestHead head = head("Host", "localhost:9464", header, ME);

    assertThat(LOCAL.refusal(head, peer(ME))).contains("admin.ui.access: all");
    assertThat(ALL.refusal(head, peer(ME))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "LOCALHOST:9464, true",
    "demo.localhost:1, true",
    "127.0.0.1:9464, true",
    "10.1.2.3, true",
    "[::1]:9464, true",
    "spanway.example, true",
    "SPANWAY.example:443, true",
    "evil.example, false",
    "spanway.example.evil.example, false",
    "localhost.evil.example, false",
    "127.0.0.1.evil.example, false",
    "evil@localhost, false",
    "'', false",
  })
  void host_isOneThatNobodyElseCanLeadHere(String host, boolean allowed) {
    for (UiGuard guard : List.of(LOCAL, ALL)) {
      assertThat(guard.refusal(head("Host", host), peer(ME)) == null).isEqualTo(allowed);
    }
  }

  @Test
  void host_isNeededOnce() {
    assertThat(ALL.refusal(head(), peer(ME))).contains("exactly one");
    assertThat(ALL.refusal(head("Host", "localhost", "Host", "localhost"), peer(ME)))
        .contains("exactly one");
  }

  @Test
  void data_isForThePage() {
    String[] own = {
      "Host", "localhost:9464", "X-Spanway-Page", "1", "Sec-Fetch-Site", "same-origin"
    };
    assertThat(data(LOCAL, own)).isNull();
    assertThat(data(LOCAL, "Host", "localhost:9464", "X-Spanway-Page", "1")).isNull();
    assertThat(data(LOCAL, "Host", "localhost:9464")).contains("scripts ask the data listener");
    assertThat(data(LOCAL, "Host", "evil.example", "X-Spanway-Page", "1"))
        .contains("admin.ui.hosts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site", "none", "something"})
  void data_isNotForOtherSites(String site) {
    assertThat(data(LOCAL, "Host", "localhost:9464", "X-Spanway-Page", "1", "Sec-Fetch-Site", site))
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:9464, true",
    "https://localhost:9464, true",
    "http://localhost, false",
    "http://localhost:3000, false",
    "http://evil.example, false",
    "null, false",
    "'', false",
  })
  void data_isNotForOtherOrigins(String origin, boolean allowed) {
    String refusal = data(LOCAL, "Host", "localhost:9464", "X-Spanway-Page", "1", "Origin", origin);

    assertThat(refusal == null).isEqualTo(allowed);
  }
}
