// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tokens by the name of who has them; held and compared as SHA-256, all of them each time. */
final class Tokens extends Credentials {
  private static final String HASHED = "sha256:";
  private static final String PLAIN = "plain:";

  /** One of several that a name may have, so that one can be changed for another. */
  private static final class Token {
    private final String name;
    private final byte[] digest;

    Token(String name, byte[] digest) {
      this.name = name;
      this.digest = digest;
    }
  }

  private final List<Token> tokens;

  private Tokens(String content, List<Token> tokens) {
    super(content);
    this.tokens = tokens;
  }

  /**
   * Reads the lines of a file.
   *
   * @throws IllegalArgumentException if a line is no name and token, or none is there
   */
  static Tokens parse(String content) {
    List<Token> tokens = new ArrayList<>();
    List<String> lines = content.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        Token token = token(line);
        if (token == null) {
          throw new IllegalArgumentException(
              "file: has no token in line "
                  + (i + 1)
                  + " (expected: name:sha256:hex, or name:plain:token of 16 characters or more)");
        }
        tokens.add(token);
      }
    }
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("file: has no token (expected: lines name:sha256:hex)");
    }
    return new Tokens(content, List.copyOf(tokens));
  }

  private static @Nullable Token token(String line) {
    int colon = line.indexOf(':');
    if (colon < 1) {
      return null;
    }
    String name = line.substring(0, colon);
    String rest = line.substring(colon + 1);
    if (rest.startsWith(PLAIN)) {
      String token = rest.substring(PLAIN.length());
      return token.length() < 16 ? null : new Token(name, digest(token));
    }
    if (!rest.startsWith(HASHED) || rest.length() != HASHED.length() + 64) {
      return null;
    }
    try {
      return new Token(name, HexFormat.of().parseHex(rest, HASHED.length(), rest.length()));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  String scheme() {
    return "Bearer";
  }

  @Override
  Proof check(String value, Instant now) {
    byte[] digest = digest(value);
    @Nullable String name = null;
    for (Token token : tokens) {
      // None is left out once one fits, so that the time does not tell which it is.
      if (MessageDigest.isEqual(token.digest, digest)) {
        name = token.name;
      }
    }
    return name == null ? new Proof.None(Refusal.WRONG) : new Proof.Of(name, null);
  }

  private static byte[] digest(String token) {
    return Digests.sha256(token.getBytes(StandardCharsets.UTF_8));
  }
}
