// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HopByHopHeadersTest {
  private static final Set<String> IDENTITY = Set.of("authorization", "cookie", "x-scope-orgid");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection",
        "KEEP-ALIVE",
        "proxy-connection",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "upgrade",
        "HTTP2-Settings",
      })
  void connectionHeader_goes(String name) {
    HttpHeaders from = new DefaultHttpHeaders().add(name, "x").add("Accept", "y");

    assertThat(HopByHopHeaders.copyEndToEnd(from, IDENTITY).names()).containsExactly("Accept");
    HopByHopHeaders.removeFrom(from);
    assertThat(from.names()).containsExactly("Accept");
  }

  @Test
  void answer_losesWhatConnectionNames() {
    HttpHeaders answer =
        new DefaultHttpHeaders()
            .add("Connection", "keep-alive, X-Foo,, ")
            .add("x-foo", "1")
            .add("connection", "x-bar")
            .add("X-BAR", "1")
            .add("B", "1")
            .add("a", "2")
            .add("b", "3");

    HopByHopHeaders.removeFrom(answer);

    assertThat(answer.entries()).extracting(Object::toString).containsExactly("B=1", "a=2", "b=3");
  }

  @Test
  void otherHeaders_keepOrderCaseAndRepetition() {
    HttpHeaders from = new DefaultHttpHeaders().add("B", "1").add("a", "2").add("b", "3");

    HttpHeaders to = HopByHopHeaders.copyEndToEnd(from, IDENTITY);

    assertThat(to.entries()).extracting(Object::toString).containsExactly("B=1", "a=2", "b=3");
    assertThat(to.getAll("b")).containsExactly("1", "3");
  }

  @Test
  void namedHeaders_goExceptIdentity() {
    HttpHeaders from =
        new DefaultHttpHeaders()
            .add("Connection", "close, X-Foo,, ,authorization")
            .add("connection", "x-bar , X-Scope-OrgID,")
            .add("X-Foo", "1")
            .add("X-BAR", "1")
            .add("X-Scope-OrgID", "tenant")
            .add("Authorization", "secret")
            .add("Accept", "y");

    assertThat(HopByHopHeaders.copyEndToEnd(from, IDENTITY).names())
        .containsExactlyInAnyOrder("X-Scope-OrgID", "Authorization", "Accept");
  }

  @Test
  void copy_isIndependent() {
    HttpHeaders from = new DefaultHttpHeaders().add("A", "1");

    HopByHopHeaders.copyEndToEnd(from, IDENTITY).set("A", "2");

    assertThat(from.get("A")).isEqualTo("1");
  }
}
