// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Credentials of Spanway's own for an upstream: a name with a password (RFC 7617) or a bearer token
 * (RFC 6750), or none.
 *
 * @param username without a colon
 * @param password goes with {@code username}
 * @param bearer stands alone
 */
public record UpstreamAuth(
    @Nullable String username, @Nullable Secret password, @Nullable Secret bearer) {
  /** No credentials. */
  public static final UpstreamAuth DEFAULT = new UpstreamAuth(null, null, null);

  /**
   * Checks that the parts make one kind of credentials.
   *
   * @throws IllegalArgumentException if they do not, or if a part cannot stand in a header
   */
  public UpstreamAuth {
    if (username != null && bearer != null) {
      throw new IllegalArgumentException(
          "bearer: was set beside username (expected: one of the two)");
    }
    if (username != null && password == null) {
      throw new IllegalArgumentException("username: was set alone (expected: password too)");
    }
    if (username == null && password != null) {
      throw new IllegalArgumentException("password: was set alone (expected: username too)");
    }
    if (username != null && (username.indexOf(':') >= 0 || hasControl(username))) {
      throw new IllegalArgumentException(
          "username: was with a colon or a control character (expected: a name without them)");
    }
    if (password != null && hasControl(password.value())) {
      throw new IllegalArgumentException(
          "password: was with a control character (expected: a text without them)");
    }
    if (bearer != null && !isToken(bearer.value())) {
      throw new IllegalArgumentException(
          "bearer: was with a space or a character outside ASCII (expected: a token)");
    }
  }

  /** Returns the value of an {@code Authorization} header, null where there are no credentials. */
  public @Nullable Secret authorization() {
    if (bearer != null) {
      return new Secret("Bearer " + bearer.value());
    }
    if (username == null || password == null) {
      return null;
    }
    byte[] pair = (username + ":" + password.value()).getBytes(StandardCharsets.UTF_8);
    return new Secret("Basic " + Base64.getEncoder().encodeToString(pair));
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  private static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }
}
