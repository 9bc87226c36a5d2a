// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a client sends as credentials is refused in order, and lets nobody in by chance. */
final class CredentialsFuzzTest {
  private static final List<Credentials> ALL =
      List.of(
          Tokens.parse(CredentialsTest.TOKENS),
          Passwords.parse(AuthFixture.HTPASSWD),
          SignedTokensTest.known());

  @Test
  void tokenCutAnywhere_isRefused() throws Exception {
    String whole = SignedTokensTest.token(SignedTokensTest.claims());
    Credentials credentials = SignedTokensTest.known();
    assertThat(credentials.prove("Bearer " + whole, SignedTokensTest.NOW))
        .isInstanceOf(Proof.Of.class);
    for (int length = 0; length < whole.length(); length++) {
      assertThat(credentials.prove("Bearer " + whole.substring(0, length), SignedTokensTest.NOW))
          .isInstanceOf(Proof.None.class);
    }
  }

  @FuzzTest
  void bytes_areRefused(byte[] bytes) {
    String sent = new String(bytes, StandardCharsets.ISO_8859_1);
    for (Credentials each : ALL) {
      assertThat(each.prove(sent, Instant.EPOCH)).isInstanceOf(Proof.None.class);
      assertThat(each.prove(each.scheme() + " " + sent, Instant.EPOCH))
          .isInstanceOf(Proof.None.class);
    }
  }
}
