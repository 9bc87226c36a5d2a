// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.local.LocalAddress;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

final class ForwardedTest {
  private static InetSocketAddress client(String ip) {
    try {
      return new InetSocketAddress(InetAddress.getByName(ip), 40000);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void plainRequest_getsTheXHeadersOnly() {
    HttpHeaders headers = new DefaultHttpHeaders();

    Forwarded.of(client("192.0.2.7"), false).addTo(headers, "logs.example:3100");

    assertThat(headers.get("X-Forwarded-For")).isEqualTo("192.0.2.7");
    assertThat(headers.get("X-Forwarded-Proto")).isEqualTo("http");
    assertThat(headers.get("X-Forwarded-Host")).isEqualTo("logs.example:3100");
    assertThat(headers.contains("Forwarded")).isFalse();
  }

  @Test
  void proxiesBefore_areKept() {
    HttpHeaders headers =
        new DefaultHttpHeaders()
            .add("X-Forwarded-For", "203.0.113.1, 203.0.113.2")
            .add("x-forwarded-for", "")
            .add("x-forwarded-for", "203.0.113.3")
            .add("X-Forwarded-Proto", "https")
            .add("X-Forwarded-Host", "public.example")
            .add("Forwarded", "for=203.0.113.1;proto=https");

    Forwarded.of(client("192.0.2.7"), false).addTo(headers, "inner");

    assertThat(headers.getAll("X-Forwarded-For"))
        .containsExactly("203.0.113.1, 203.0.113.2, 203.0.113.3, 192.0.2.7");
    assertThat(headers.get("X-Forwarded-Proto")).isEqualTo("https");
    assertThat(headers.get("X-Forwarded-Host")).isEqualTo("public.example");
    assertThat(headers.getAll("Forwarded"))
        .containsExactly("for=203.0.113.1;proto=https, for=192.0.2.7;proto=http;host=inner");
  }

  @Test
  void ipv6_isQuotedInForwardedOnly() {
    HttpHeaders headers = new DefaultHttpHeaders().add("Forwarded", "for=_a");

    Forwarded.of(client("2001:db8::1"), true).addTo(headers, "a\"b\\:1");

    assertThat(headers.get("X-Forwarded-For")).isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(headers.get("Forwarded"))
        .isEqualTo("for=_a, for=\"[2001:db8:0:0:0:0:0:1]\";proto=https;host=\"a\\\"b\\\\:1\"");
  }

  @Test
  void zone_isLeftOut() {
    HttpHeaders headers = new DefaultHttpHeaders();

    Forwarded.of(client("fe80::1%1"), false).addTo(headers, null);

    assertThat(headers.get("X-Forwarded-For")).isEqualTo("fe80:0:0:0:0:0:0:1");
    assertThat(headers.contains("X-Forwarded-Host")).isFalse();
  }

  @Test
  void addressThatIsNoIp_isUnknown() {
    HttpHeaders headers = new DefaultHttpHeaders().add("Forwarded", "");

    Forwarded.of(new LocalAddress("test"), false).addTo(headers, null);

    assertThat(headers.contains("X-Forwarded-For")).isFalse();
    assertThat(headers.get("Forwarded")).isEqualTo("for=unknown;proto=http");
  }
}
