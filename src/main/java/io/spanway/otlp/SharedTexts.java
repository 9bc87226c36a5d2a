// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The texts of one document, each made once as far as a small table remembers: keys of attributes
 * and names of operations repeat span after span. A newer text takes the place of another, so that
 * nothing grows with what a trace holds.
 */
final class SharedTexts {
  private static final int SLOTS = 1024;
  private static final int LONGEST = 128;

  private record Known(int from, int length, String text) {}

  private final byte[] body;
  // An entry is immutable: two threads that read attributes at a time can only forget each other's.
  private final @Nullable Known[] known = new @Nullable Known[SLOTS];

  SharedTexts(byte[] body) {
    this.body = body;
  }

  byte[] body() {
    return body;
  }

  /** The text of the UTF-8 at {@code from}. */
  String text(int from, int length) {
    if (length == 0) {
      return "";
    }
    if (length > LONGEST) {
      return new String(body, from, length, UTF_8);
    }
    int hash = length;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + body[i];
    }
    int slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    Known there = known[slot];
    if (there != null
        && there.length == length
        && Arrays.equals(body, there.from, there.from + length, body, from, from + length)) {
      return there.text;
    }
    String text = new String(body, from, length, UTF_8);
    known[slot] = new Known(from, length, text);
    return text;
  }
}
