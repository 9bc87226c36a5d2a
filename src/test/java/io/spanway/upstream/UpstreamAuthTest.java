// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.units.Secret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpstreamAuthTest {
  @Test
  void nameAndPassword_becomeBasic() {
    // The example of RFC 7617 section 2.1.
    UpstreamAuth auth = new UpstreamAuth("test", new Secret("123£"), null);

    assertThat(auth.authorization()).isEqualTo(new Secret("Basic dGVzdDoxMjPCow=="));
  }

  @Test
  void bearer_becomesBearer() {
    UpstreamAuth auth = new UpstreamAuth(null, null, new Secret("glsa_x"));

    assertThat(auth.authorization()).isEqualTo(new Secret("Bearer glsa_x"));
  }

  @Test
  void none_becomesNothing() {
    assertThat(UpstreamAuth.DEFAULT.authorization()).isNull();
  }

  @Test
  void text_givesNoSecretAway() {
    assertThat(new UpstreamAuth("me", new Secret("hunter2"), null).toString())
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "me | | | username: was set alone (expected: password too)",
        " | pw | | password: was set alone (expected: username too)",
        "me | pw | token | bearer: was set beside username (expected: one of the two)",
        "m:e | pw | | username: was with a colon or a control character (expected: a name without"
            + " them)",
        "me | 'p\nw' | | password: was with a control character (expected: a text without them)",
        " | | to ken | bearer: was with a space or a character outside ASCII (expected: a token)",
      })
  void partsThatMakeNoCredentials_areRefused(
      @Nullable String username,
      @Nullable String password,
      @Nullable String bearer,
      String message) {
    assertThatThrownBy(() -> new UpstreamAuth(username, secret(password), secret(bearer)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static @Nullable Secret secret(@Nullable String text) {
    return text == null ? null : new Secret(text);
  }
}
