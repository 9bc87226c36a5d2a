// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;

/**
 * A SHA-256 over parts that each carry their length, so that no two lists of parts give the same
 * bytes.
 */
final class KeyDigest {
  private static final byte NUMBER = 'n';
  private static final byte BYTES = 'b';
  private static final byte TEXT = 't';
  private static final byte UNITS = 'u';

  private final MessageDigest sha256;

  KeyDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds a text, beyond ASCII by its units: encoders make all unpaired surrogates the same. */
  void add(String text) {
    if (isAscii(text)) {
      part(TEXT, text.getBytes(StandardCharsets.ISO_8859_1));
    } else {
      part(UNITS, units(text));
    }
  }

  void add(byte[] bytes) {
    part(BYTES, bytes);
  }

  void add(long number) {
    sha256.update(NUMBER);
    number(number);
  }

  /** Adds a list: how many, then each. */
  void addAll(Collection<String> texts) {
    add(texts.size());
    for (String text : texts) {
      add(text);
    }
  }

  byte[] finish() {
    return sha256.digest();
  }

  private void part(byte kind, byte[] bytes) {
    sha256.update(kind);
    number(bytes.length);
    sha256.update(bytes);
  }

  private void number(long number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      sha256.update((byte) (number >>> shift));
    }
  }

  private static byte[] units(String text) {
    byte[] bytes = new byte[2 * text.length()];
    for (int i = 0; i < text.length(); i++) {
      bytes[2 * i] = (byte) (text.charAt(i) >>> 8);
      bytes[2 * i + 1] = (byte) text.charAt(i);
    }
    return bytes;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }
}
