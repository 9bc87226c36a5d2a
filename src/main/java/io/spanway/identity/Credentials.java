// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What was read of the files of one method, and the look at credentials by it. Thread-safe. */
abstract sealed class Credentials permits Passwords, Tokens, SignedTokens {
  /** Bytes of the largest file that is read. */
  private static final long MAX_FILE = 16L << 20;

  /** Tells one content of the files from another. */
  private final String content;

  Credentials(String content) {
    this.content = content;
  }

  /**
   * Reads the files of {@code config}, which asks for proof. Blocks.
   *
   * @throws IllegalArgumentException if one cannot be used; the message names its key
   */
  static Credentials load(AuthConfig config) {
    return switch (config.method()) {
      case BASIC -> Passwords.parse(read("file", config.file()));
      case BEARER -> Tokens.parse(read("file", config.file()));
      case JWT -> {
        String file = config.jwt().jwksFile();
        yield SignedTokens.of(config.jwt(), file == null ? null : read("jwt.jwksFile", file));
      }
      case PASSTHROUGH, MTLS -> throw new IllegalArgumentException("method: has no files");
    };
  }

  /** Says whether {@code other} was read from the same content. */
  final boolean isAs(Credentials other) {
    return content.equals(other.content);
  }

  /** Returns the scheme of {@code WWW-Authenticate}. */
  abstract String scheme();

  /**
   * Looks at what follows the scheme in {@code Authorization}. May burn CPU and may wait for the
   * network: never called on an event loop.
   */
  abstract Proof check(String value, Instant now);

  /**
   * Looks at the value of {@code Authorization}.
   *
   * @param authorization from a client, so anything
   */
  final Proof prove(String authorization, Instant now) {
    String scheme = scheme();
    int at = scheme.length();
    if (authorization.length() <= at
        || authorization.charAt(at) != ' '
        || !authorization.regionMatches(true, 0, scheme, 0, at)) {
      return new Proof.None(Refusal.MALFORMED);
    }
    return check(authorization.substring(at + 1).strip(), now);
  }

  private static String read(String key, @Nullable String file) {
    try {
      Path path = Path.of(String.valueOf(file));
      if (Files.size(path) > MAX_FILE) {
        throw new IllegalArgumentException(key + ": " + file + " is larger than 16MiB");
      }
      return Files.readString(path, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(key + ": there is no file " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException(key + ": cannot read " + file, e);
    }
  }
}
