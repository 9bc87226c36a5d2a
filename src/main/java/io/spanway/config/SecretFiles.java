// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.units.Excerpts;
import io.spanway.units.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads secrets that are named as {@code file:/run/secrets/x}. */
final class SecretFiles {
  static final String SCHEME = "file:";
  private static final int MAX_BYTES = 64 * 1024;

  private final Path base;

  /** Relative names count from {@code base}. */
  SecretFiles(Path base) {
    this.base = base;
  }

  /**
   * Reads the file without the line end at its end.
   *
   * @throws IllegalArgumentException if it cannot be read, is empty, not text or over 64 KiB
   */
  Secret read(String reference) {
    String name = reference.substring(SCHEME.length());
    if (name.startsWith("//")) {
      name = name.substring(2);
    }
    String quoted = Excerpts.quote(reference);
    try (InputStream in = Files.newInputStream(base.resolve(name))) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(
            "was " + quoted + ", a file above 64KiB (expected: a file with a secret)");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      String secret = withoutLineEnd(text);
      if (secret.isEmpty()) {
        throw new IllegalArgumentException(
            "was " + quoted + ", an empty file (expected: a file with a secret)");
      }
      return new Secret(secret);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "was " + quoted + ", which is not there (expected: a file with a secret)", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "was " + quoted + ", which is not UTF-8 (expected: a file with a secret)", e);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          "was " + quoted + ", which cannot be read (expected: a file with a secret)", e);
    }
  }

  private static String withoutLineEnd(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }
}
