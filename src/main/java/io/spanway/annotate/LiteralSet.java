// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Searches bytes for several texts at once and says where each stands first.
 *
 * <p>Looks at the pairs of bytes at every other place: wherever a text begins, one of two pairs in
 * it stands at such a place. Which pairs those can be is in a table, so that the work hardly
 * depends on the number of texts. No look depends on the one before, so the processor does several
 * at a time; a search that skips as far as it can is slower, for it waits for each table entry.
 */
final class LiteralSet {
  /** Where a text that was not found stands. */
  static final int ABSENT = -1;

  /** Every pair of ASCII; other bytes are taken for the ASCII of their low bits. */
  private static final int PAIRS = 1 << 15;

  private static final long ASCII = 0x7f7f7f7f7f7f7f7fL;

  /** Characters of log lines, commonest first: a guess, on which only the speed depends. */
  private static final String COMMON = " etaoinsrldc0u1hpm\"=g2:/.-f3b\\54,y6789vw_k";

  private final byte[][] texts;

  /** Not 0 for pairs that are in {@link #candidates}. */
  private final byte[] known = new byte[PAIRS];

  private final @Nullable Candidate[][] candidates = new @Nullable Candidate[PAIRS][];

  private LiteralSet(List<byte[]> texts) {
    this.texts = texts.toArray(byte[][]::new);
    for (int number = 0; number < this.texts.length; number++) {
      enter(number);
    }
  }

  /** A text that may stand {@code offset} bytes before a pair. */
  private static final class Candidate {
    private final int number;
    private final int offset;
    private final byte[] text;

    /** The first eight bytes of the text, and which bits of them count. */
    private final long head;

    private final long headMask;

    Candidate(int number, int offset, byte[] text) {
      this.number = number;
      this.offset = offset;
      this.text = text;
      this.head = PlainBytes.eight(Arrays.copyOf(text, Math.max(text.length, Long.BYTES)), 0);
      this.headMask = text.length < Long.BYTES ? (1L << (8 * text.length)) - 1 : -1;
    }

    int offset() {
      return offset;
    }

    boolean standsAt(byte[] bytes, int at, int to) {
      if (at > bytes.length - Long.BYTES) {
        return JsonStrings.startsWith(bytes, at, to, text);
      }
      return ((PlainBytes.eight(bytes, at) ^ head) & headMask) == 0
          && (text.length <= Long.BYTES
              ? to - at >= text.length
              : JsonStrings.startsWith(bytes, at, to, text));
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

  private void enter(int number) {
    byte[] text = texts[number];
    if (text.length >= 3) {
      int rarest = rarest(text);
      enter(text[rarest], text[rarest + 1], new Candidate(number, rarest, text));
      enter(text[rarest + 1], text[rarest + 2], new Candidate(number, rarest + 1, text));
      return;
    }
    for (int any = 0; any < 0x80; any++) {
      enter((byte) any, text[0], new Candidate(number, -1, text));
      if (text.length == 1) {
        enter(text[0], (byte) any, new Candidate(number, 0, text));
      }
    }
    if (text.length == 2) {
      enter(text[0], text[1], new Candidate(number, 0, text));
    }
  }

  private void enter(byte first, byte second, Candidate candidate) {
    int pair = first | (second << 8);
    Candidate[] others = candidates[pair];
    Candidate[] all = others == null ? new Candidate[1] : Arrays.copyOf(others, others.length + 1);
    all[all.length - 1] = candidate;
    // Of two places of one text the first is to be seen first.
    Arrays.sort(all, Comparator.comparing(Candidate::offset).reversed());
    candidates[pair] = all;
    known[pair] = 1;
  }

  /** Returns where in a text the three bytes stand whose two pairs are likely the rarest. */
  private static int rarest(byte[] text) {
    int rarest = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < text.length - 2; i++) {
      int middle = commonness(text[i + 1]);
      int sum = (commonness(text[i]) + commonness(text[i + 2])) * middle;
      if (sum < least) {
        least = sum;
        rarest = i;
      }
    }
    return rarest;
  }

  private static int commonness(byte b) {
    int rank = COMMON.indexOf(b);
    return rank < 0 ? 1 : COMMON.length() - rank + 1;
  }

  /**
   * Writes to {@code first}, for each text, where it stands first in the bytes.
   *
   * @return the {@linkplain #bit bits} of the texts that were found
   */
  long search(byte[] bytes, int from, int to, int[] first) {
    Arrays.fill(first, 0, texts.length, ABSENT);
    if (texts.length == 1 && texts[0].length > 1) {
      first[0] = searchOne(bytes, from, to);
      return first[0] == ABSENT ? 0 : bit(0);
    }
    byte[] pairs = known;
    long found = 0;
    int i = from;
    while (i <= to - Long.BYTES) {
      long eight = PlainBytes.eight(bytes, i) & ASCII;
      int hits =
          pairs[(int) eight & 0xffff]
              | (pairs[(int) eight >>> 16] << 8)
              | (pairs[(int) (eight >>> 32) & 0xffff] << 16)
              | (pairs[(int) (eight >>> 48)] << 24);
      while (hits != 0) {
        int bit = Integer.numberOfTrailingZeros(hits);
        int pair = (int) (eight >>> (2 * bit)) & 0xffff;
        found |= found(bytes, from, i + bit / 4, to, pair, first);
        hits &= hits - 1;
      }
      i += Long.BYTES;
    }
    for (; i < to; i += 2) {
      int second = i + 1 < to ? (bytes[i + 1] & 0x7f) << 8 : 0;
      found |= found(bytes, from, i, to, (bytes[i] & 0x7f) | second, first);
    }
    return found;
  }

  /** The bit that stands for a text, and for others if there are more than 64. */
  static long bit(int number) {
    return 1L << number;
  }

  private long found(byte[] bytes, int from, int at, int to, int pair, int[] first) {
    Candidate[] here = candidates[pair];
    if (here == null) {
      return 0;
    }
    long found = 0;
    for (Candidate candidate : here) {
      int start = at - candidate.offset;
      if (first[candidate.number] == ABSENT
          && start >= from
          && candidate.standsAt(bytes, start, to)) {
        first[candidate.number] = start;
        found |= bit(candidate.number);
      }
    }
    return found;
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
}
