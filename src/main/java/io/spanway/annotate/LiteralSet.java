// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Searches bytes for several texts at once and says where each stands first. Looks at pairs of
 * bytes and skips as far as no text can have such a pair (Wu and Manber, "A fast algorithm for
 * multi-pattern searching", 1994), so that long texts cost less than a look at every byte.
 */
final class LiteralSet {
  private static final int SLOTS = 1 << 12;

  /** Where a text that was not found stands. */
  static final int ABSENT = -1;

  private final byte[][] texts;
  private final int shortest;

  /** How far the search may go on from a block whose last pair has this hash. */
  private final byte[] shifts = new byte[SLOTS];

  /** The texts whose first block ends with a pair of this hash. */
  private final int[][] candidates = new int[SLOTS][];

  private LiteralSet(List<byte[]> texts) {
    this.texts = texts.toArray(byte[][]::new);
    this.shortest = texts.stream().mapToInt(text -> text.length).min().orElse(0);
    if (!texts.isEmpty()) {
      fill();
    }
  }

  /** Gathers texts. */
  static final class Builder {
    private final List<String> texts = new ArrayList<>();

    /** Adds a text of {@linkplain RequiredLiterals#isPlain plain} characters; gives its number. */
    int add(String text) {
      int known = texts.indexOf(text);
      if (known >= 0) {
        return known;
      }
      texts.add(text);
      return texts.size() - 1;
    }

    LiteralSet build() {
      return new LiteralSet(texts.stream().map(JsonStrings::escapedAscii).toList());
    }
  }

  int size() {
    return texts.length;
  }

  byte[] text(int number) {
    return texts[number];
  }

  private void fill() {
    int furthest = Math.min(shortest - block() + 1, Byte.MAX_VALUE);
    Arrays.fill(shifts, (byte) furthest);
    for (int number = 0; number < texts.length; number++) {
      byte[] text = texts[number];
      for (int end = block() - 1; end < shortest; end++) {
        int hash = hash(text, end);
        int shift = Math.min(shortest - 1 - end, Byte.MAX_VALUE);
        shifts[hash] = (byte) Math.min(shifts[hash], shift);
        if (shift == 0) {
          int[] others = candidates[hash];
          int count = others == null ? 0 : others.length;
          candidates[hash] = others == null ? new int[1] : Arrays.copyOf(others, count + 1);
          candidates[hash][count] = number;
        }
      }
    }
  }

  /** Writes to {@code first}, for each text, where it stands first in the bytes. */
  void search(byte[] bytes, int from, int to, int[] first) {
    Arrays.fill(first, 0, texts.length, ABSENT);
    int missing = texts.length;
    if (missing == 0) {
      return;
    }
    if (shortest == 1) {
      searchBytes(bytes, from, to, first);
      return;
    }
    if (texts.length == 1) {
      first[0] = searchOne(bytes, from, to);
      return;
    }
    int i = from + shortest - 1;
    byte[] steps = shifts;
    while (i < to) {
      int hash = pair(bytes[i - 1], bytes[i]);
      int shift = steps[hash];
      if (shift != 0) {
        i += shift;
        continue;
      }
      missing -= found(bytes, i - shortest + 1, to, candidates[hash], first);
      if (missing == 0) {
        return;
      }
      i++;
    }
  }

  /** Looks for the pair in the middle of the only text, which is rarer than ends often are. */
  private int searchOne(byte[] bytes, int from, int to) {
    byte[] text = texts[0];
    int middle = (text.length - 1) / 2;
    int pairFrom = from + middle;
    while (pairFrom < to) {
      int at = PlainBytes.indexOfPair(bytes, pairFrom, to, text[middle], text[middle + 1]);
      if (at < to && JsonStrings.startsWith(bytes, at - middle, to, text)) {
        return at - middle;
      }
      pairFrom = at + 1;
    }
    return ABSENT;
  }

  private void searchBytes(byte[] bytes, int from, int to, int[] first) {
    int missing = texts.length;
    for (int i = from; i < to && missing > 0; i++) {
      int hash = bytes[i] & 0xff;
      if (shifts[hash] == 0) {
        missing -= found(bytes, i, to, candidates[hash], first);
      }
    }
  }

  private int found(byte[] bytes, int at, int to, int[] numbers, int[] first) {
    int found = 0;
    for (int number : numbers) {
      if (first[number] == ABSENT && JsonStrings.startsWith(bytes, at, to, texts[number])) {
        first[number] = at;
        found++;
      }
    }
    return found;
  }

  private int block() {
    return shortest > 1 ? 2 : 1;
  }

  private int hash(byte[] text, int end) {
    return shortest > 1 ? pair(text[end - 1], text[end]) : text[end] & 0xff;
  }

  private static int pair(byte first, byte second) {
    return (((first & 0x7f) << 5) ^ (second & 0xff)) & (SLOTS - 1);
  }
}
