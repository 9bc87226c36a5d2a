// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Arrays;

/**
 * Reads an entry that is there as a whole and written as Loki writes it, without spaces: nearly
 * every entry is. What it cannot read is left to {@link StreamsScanner}, which can be anywhere in
 * an entry when a chunk ends, and pays for that with every byte.
 */
final class EntryReader {
  private static final int NO = -1;
  private static final byte[] METADATA = JsonStrings.escapedAscii("structuredMetadata");
  private static final byte[] PARSED = JsonStrings.escapedAscii("parsed");

  /** An entry's end that is longer is not remembered. */
  private static final int MAX_TAIL = 512;

  private byte[] bytes = {};
  private int to;

  /**
   * What stood behind the line of an entry before, and where its parts are, from the line's end on.
   * Neighbours often have the same metadata, and what is the same need not be read again.
   */
  private final byte[] tail = new byte[MAX_TAIL];

  private int tailLength;
  private final EntryBounds inTail = new EntryBounds();

  /** How many entries in a row ended otherwise. */
  private int others;

  private boolean escapes;
  private boolean optionalEscapes;

  /**
   * Reads the entry that opens at {@code open}.
   *
   * @param to where the bytes end
   * @param base the position of {@code in[0]}
   * @return the index behind the entry, or -1 when it is not one that can be read here
   */
  int read(byte[] in, int open, int to, long base, boolean categorised, EntryBounds entry) {
    if (open >= to || in[open] != '[') {
      return NO;
    }
    this.bytes = in;
    this.to = to;
    entry.reset();
    int time = string(open + 1);
    int line = time < 0 ? NO : string(after(time, ','));
    if (line < 0) {
      return NO;
    }
    entry.timeStart = base + open + 2;
    entry.timeEnd = base + time - 1;
    entry.lineStart = base + time + 2;
    entry.lineEnd = base + line - 1;
    entry.lineHasOptionalEscapes = optionalEscapes;
    escapes = false;
    if (!categorised) {
      entry.isPlain = true;
      return after(line, ']');
    }
    if (tailLength > 0
        && to - line >= tailLength
        && Arrays.equals(in, line, line + tailLength, tail, 0, tailLength)) {
      others = 0;
      entry.takeCategories(inTail, base + line);
      return line + tailLength;
    }
    int end = after(categories(after(line, ','), base, entry), ']');
    entry.isPlain = !escapes;
    // Where they all differ, only some are worth a try.
    if (end >= 0 && end - line <= MAX_TAIL && (others < 4 || others % 16 == 0)) {
      tailLength = end - line;
      System.arraycopy(in, line, tail, 0, tailLength);
      inTail.takeCategories(entry, -base - line);
    }
    others++;
    return end;
  }

  private int categories(int open, long base, EntryBounds entry) {
    int i = after(open, '{');
    if (i < 0) {
      return NO;
    }
    entry.categories = base + open;
    entry.categoriesEmpty = is(i, '}');
    if (entry.categoriesEmpty) {
      return i + 1;
    }
    while (true) {
      int name = string(i);
      int object = after(name, ':');
      int end = object(object);
      if (end < 0) {
        return NO;
      }
      if (entry.metadata < 0 && isName(i + 1, name - 1, METADATA)) {
        entry.metadata = base + object;
        entry.metadataClose = base + end - 1;
        entry.metadataEmpty = end - object == 2;
      } else if (entry.parsed < 0 && isName(i + 1, name - 1, PARSED)) {
        entry.parsed = base + object;
        entry.parsedClose = base + end - 1;
      } else {
        return NO;
      }
      if (is(end, '}')) {
        return end + 1;
      }
      i = after(end, ',');
    }
  }

  /** Returns the index behind the object of strings at {@code open}, or -1. */
  private int object(int open) {
    int i = after(open, '{');
    if (is(i, '}')) {
      return i + 1;
    }
    while (true) {
      int value = string(after(string(i), ':'));
      if (value < 0) {
        return NO;
      }
      if (is(value, '}')) {
        return value + 1;
      }
      i = after(value, ',');
    }
  }

  /** Returns the index behind the string whose quote is at {@code open}, or -1. */
  private int string(int open) {
    int i = after(open, '"');
    if (i < 0) {
      return NO;
    }
    optionalEscapes = false;
    while (true) {
      i = PlainBytes.skip(bytes, i, to);
      if (i >= to) {
        return NO;
      }
      byte b = bytes[i];
      if (b == '"') {
        return i + 1;
      }
      if (b != '\\' || i + 1 >= to) {
        return NO;
      }
      escapes = true;
      byte letter = bytes[i + 1];
      optionalEscapes |= letter == 'u' || letter == '/';
      i += 2;
    }
  }

  private boolean is(int i, char wanted) {
    return i >= 0 && i < to && bytes[i] == wanted;
  }

  private int after(int i, char wanted) {
    return is(i, wanted) ? i + 1 : NO;
  }

  private boolean isName(int from, int end, byte[] name) {
    return end - from == name.length && JsonStrings.startsWith(bytes, from, end, name);
  }
}
