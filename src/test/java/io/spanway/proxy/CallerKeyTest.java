// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CallerKeyTest {
  private static CallerKey key(String header, String address) throws Exception {
    HttpHeaders headers = new DefaultHttpHeaders();
    if (header != null) {
      String[] parts = header.split(": ", 2);
      headers.add(parts[0], parts[1]);
    }
    RequestHead head = new RequestHead("GET", RequestTarget.parse("/"), headers);
    return CallerKey.of(
        Caller.of(head, IdentityConfig.DEFAULT),
        new InetSocketAddress(InetAddress.getByName(address), 1));
  }

  @ParameterizedTest
  @CsvSource({
    "X-Scope-OrgID: a, 192.0.2.1, X-Scope-OrgID: a, 192.0.2.2, true",
    "X-Scope-OrgID: a, 192.0.2.1, X-Scope-OrgID: b, 192.0.2.1, false",
    "Authorization: Basic eA==, 192.0.2.1, Authorization: Basic eQ==, 192.0.2.1, false",
    "X-Scope-OrgID: a, 192.0.2.1, , 192.0.2.1, false",
    "User-Agent: a, 192.0.2.1, User-Agent: b, 192.0.2.1, true",
    ", 192.0.2.1, , 192.0.2.2, false",
    ", '2001:db8::1', , '2001:db8::2:3:4:5', true",
    ", '2001:db8::1', , '2001:db8:0:1::1', false",
  })
  void callers_areToldApartByWhoTheySayTheyAreOrWhereTheyAre(
      String header, String address, String otherHeader, String otherAddress, boolean same)
      throws Exception {
    assertThat(key(header, address).equals(key(otherHeader, otherAddress))).isEqualTo(same);
  }
}
