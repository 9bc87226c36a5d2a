// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static io.spanway.identity.AuthFixture.HTPASSWD;
import static io.spanway.identity.AuthFixture.basic;
import static io.spanway.identity.AuthFixture.hash;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialsTest {
  private static final String HEX =
      HexFormat.of()
          .formatHex(Digests.sha256("token-of-the-robot".getBytes(StandardCharsets.UTF_8)));
  static final String TOKENS =
      "# robots\nrobot:sha256:"
          + HEX
          + "\nann:plain:0123456789abcdef\nann:plain:fedcba9876543210\n";

  private static String outcome(Credentials credentials, String authorization) {
    Proof proof = credentials.prove(authorization, Instant.EPOCH);
    return proof instanceof Proof.Of of ? of.name() : ((Proof.None) proof).why().id();
  }

  @ParameterizedTest
  @CsvSource({
    "ann:secret, ann",
    "bob:hunter2, bob",
    "ann:hunter2, wrong",
    "ann:secret2, wrong",
    "ann:, wrong",
    "Ann:secret, wrong",
    "eve:secret, wrong",
    ":secret, wrong",
    "ann, malformed",
    "'', malformed",
  })
  void passwords_areThoseOfTheFile(String pair, String expected) {
    assertThat(outcome(Passwords.parse(HTPASSWD), basic(pair))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "cheap:secret, cheap",
    "cheap:wrong, wrong",
    "middle:secret, middle",
    "middle:wrong, wrong",
    "dear:secret, dear",
    "dear:wrong, wrong",
    "nobody:secret, wrong",
    ":secret, wrong",
    "cheap:, wrong",
    "dear:more bytes than bcrypt looks at - it stops after 72 - are no password, wrong",
  })
  void anyPassword_takesAsMuchWork(String pair, String expected) {
    String file =
        "cheap:"
            + hash("secret", 4)
            + "\nmiddle:"
            + hash("secret", 5)
            + "\ndear:"
            + hash("secret", 7);
    AtomicInteger work = new AtomicInteger();
    Passwords passwords =
        Passwords.parse(
            file,
            (password, hash) -> {
              // What bcrypt does is two to the power of the cost.
              work.addAndGet(1 << (hash[5] - '0'));
              return BCrypt.verifyer().verify(password, hash).verified;
            });

    assertThat(outcome(passwords, basic(pair))).isEqualTo(expected);
    assertThat(work).hasValue(1 << 7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Basic", "Basic ", "Basic %%%", "Bearer x", "basic", "Basicx YTpi"})
  void otherThanBasic_isMalformed(String authorization) {
    assertThat(outcome(Passwords.parse(HTPASSWD), authorization)).isEqualTo("malformed");
  }

  @Test
  void scheme_isReadInAnyCase() {
    assertThat(outcome(Passwords.parse(HTPASSWD), basic("ann:secret").replace("Basic", "bAsIC ")))
        .isEqualTo("ann");
  }

  @Test
  void passwordOf71Bytes_isComparedWhole() {
    String longest = "x".repeat(71);
    Passwords passwords = Passwords.parse("ann:" + hash(longest, 4));

    assertThat(outcome(passwords, basic("ann:" + longest))).isEqualTo("ann");
    assertThat(outcome(passwords, basic("ann:" + longest + "y"))).isEqualTo("wrong");
    assertThat(outcome(passwords, basic("ann:" + "x".repeat(5000)))).isEqualTo("wrong");
    assertThat(outcome(passwords, basic("ann:" + longest + "\0"))).isEqualTo("wrong");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nobody\n",
        "ann\n",
        "ann:secret\n",
        ":$2y$05$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234\n",
        "ann:$apr1$x$abc\n",
        "ann:$2y$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234\n",
        "ann:$2y$05$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ012 4\n",
      })
  void fileWithoutBcrypt_isRefusedWithoutShowingIt(String content) {
    assertThatThrownBy(() -> Passwords.parse(content))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("file: has no ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void userTwice_isRefused() {
    assertThatThrownBy(() -> Passwords.parse(HTPASSWD + HTPASSWD)).hasMessageContaining("twice");
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer token-of-the-robot, robot",
    "bearer token-of-the-robot, robot",
    "Bearer 0123456789abcdef, ann",
    "Bearer fedcba9876543210, ann",
    "Bearer 0123456789abcdeg, wrong",
    "Bearer token-of-the-robo, wrong",
    "Basic dG9rZW46, malformed",
    "token-of-the-robot, malformed",
  })
  void tokens_areThoseOfTheFile(String authorization, String expected) {
    assertThat(outcome(Tokens.parse(TOKENS), authorization)).isEqualTo(expected);
  }

  @Test
  void digestOfAToken_isNoToken() {
    assertThat(outcome(Tokens.parse(TOKENS), "Bearer " + HEX)).isEqualTo("wrong");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "robot",
        "robot:plain:short",
        "robot:sha256:00",
        "robot:0123456789abcdef0123",
        ":plain:0123456789abcdef"
      })
  void fileWithoutTokens_isRefused(String content) {
    assertThatThrownBy(() -> Tokens.parse(content))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("file: has no token");
  }
}
