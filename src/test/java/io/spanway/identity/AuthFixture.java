// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.identity.AuthConfig.CallerRule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** What tests of callers' credentials have in common. */
final class AuthFixture {
  /** {@code ann} has the password {@code secret}; {@code bob} has {@code hunter2}. */
  static final String HTPASSWD =
      "# users\n\nann:"
          + hash("secret", 4)
          + "\nbob:"
          + hash("hunter2", 5).replace("$2a$", "$2y$")
          + "\n";

  static final CallerRule ANN =
      new CallerRule("ann", List.of("team-b", "team-a"), List.of("p:1", "p:2"), Set.of(), "gold");

  private AuthFixture() {}

  static String hash(String password, int cost) {
    return at.favre.lib.crypto.bcrypt.BCrypt.withDefaults()
        .hashToString(cost, password.toCharArray());
  }

  static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  static AuthConfig config(AuthConfig.Method method, String file, CallerRule... rules) {
    return new AuthConfig(
        method,
        "spanway",
        file,
        JwtConfig.DEFAULT,
        MtlsConfig.DEFAULT,
        false,
        Duration.ofSeconds(10),
        List.of(rules));
  }

  static RequestHead head(String... namesAndValues) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    try {
      return new RequestHead("GET", RequestTarget.parse("/"), headers);
    } catch (BadTargetException e) {
      throw new AssertionError(e);
    }
  }
}
