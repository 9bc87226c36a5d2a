// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.annotate.AnnotateListener.Fallback;
import org.jspecify.annotations.Nullable;

/**
 * Walks the bytes of a {@code streams} answer, or of a frame of {@code tail}, as they come, and
 * says where its parts are. Positions are counted from the first byte of the body.
 *
 * <p>The walk follows exactly what Loki sends. In the way from the root to an entry's members every
 * byte is checked; other values are skipped by counting brackets outside strings, to any depth and
 * in constant memory. The first byte that is not expected ends the walk with {@link #failure}: from
 * there on nothing is known about the body.
 *
 * <p>Every level of the stack is one open bracket, so a part can be given up at any byte with
 * {@link #skipElement} or {@link #skipEntry} and its end still be found.
 */
final class StreamsScanner {
  /** What the body is. */
  enum Body {
    /** An answer of {@code query_range}. */
    ANSWER,
    /** A text frame of {@code tail}. */
    FRAME,
    /** A frame of which only {@code encodingFlags}, its last key, is to be known. */
    FRAME_FLAGS,
    /** An answer of {@code /api/prom/query} or a frame of {@code /api/prom/tail}. */
    LEGACY
  }

  private enum Expect {
    VALUE,
    VALUE_OR_END,
    KEY,
    KEY_OR_END,
    COLON,
    COMMA_OR_END,
    NOTHING
  }

  private enum Token {
    BETWEEN,
    /** In a string whose text will be needed. */
    STRING,
    /** In a string that is only passed. */
    PASSED_STRING,
    /** In a number or a word. */
    WORD
  }

  private static final int DEPTH = 10;

  private final Body body;
  private final StreamParts parts;
  private final EntryBounds entry = new EntryBounds();
  private final EntryReader reader = new EntryReader();

  // The open levels; index 0 is the root.
  private final ScanLevel[] levels = new ScanLevel[DEPTH];
  private final long[] opened = new long[DEPTH];
  private final boolean[] empty = new boolean[DEPTH];
  private int top;
  private Expect expect = Expect.VALUE;
  private Token token = Token.BETWEEN;
  private String key = "";
  private long stringStart;
  private boolean escaped;
  private boolean optionalEscapes;
  private long skipDepth;

  private boolean streams;
  private boolean categorised;
  private boolean streamSeen;
  private boolean valuesSeen;
  private int member;
  private @Nullable Fallback failure;

  private byte[] bytes = {};
  private long base;

  /**
   * @param categorised whether entries are known to have a third member; an answer says it itself
   */
  StreamsScanner(Body body, boolean categorised, StreamParts parts) {
    this.body = body;
    this.categorised = categorised;
    this.parts = parts;
    levels[0] = ScanLevel.ROOT;
  }

  /** Why the walk ended, or null while it goes on. */
  @Nullable Fallback failure() {
    return failure;
  }

  /** Whether the body said that its entries are categorised. */
  boolean categorised() {
    return categorised;
  }

  EntryBounds entry() {
    return entry;
  }

  /** The position from which the scanner itself still needs bytes; {@code Long.MAX_VALUE}: none. */
  long neededFrom() {
    return token == Token.STRING ? stringStart : Long.MAX_VALUE;
  }

  /** Gives up the element that is open: what follows up to its end is passed. */
  void skipElement() {
    skip(ScanLevel.ELEMENT);
  }

  /** Gives up the entry that is open: what follows up to its end is passed. */
  void skipEntry() {
    skip(ScanLevel.ENTRY);
  }

  /**
   * Walks {@code in[from]} up to {@code in[to]}.
   *
   * @param base the position of {@code in[0]}
   */
  void scan(byte[] in, int from, int to, long base) {
    this.bytes = in;
    this.base = base;
    int i = from;
    while (i < to && failure == null) {
      switch (token) {
        case STRING, PASSED_STRING -> i = string(i, to);
        case WORD -> i = word(i, to);
        case BETWEEN -> {
          int end = wholeEntry(i, to);
          i = end >= 0 ? end : skipDepth > 0 ? skipped(i, to) : between(i);
        }
      }
    }
  }

  /** Reads an entry that is all there, and a comma before it; gives the index behind it, or -1. */
  private int wholeEntry(int i, int to) {
    if (level() != ScanLevel.VALUES || isLegacy() || skipDepth > 0) {
      return -1;
    }
    int open = i;
    if (expect == Expect.COMMA_OR_END && bytes[i] == ',') {
      open++;
    } else if (!takesValue()) {
      return -1;
    }
    int end = reader.read(bytes, open, to, base, categorised, entry);
    if (end >= 0) {
      parts.entryOpened(base + open);
      valueRead();
      parts.entryClosed(base + end);
    }
    return end;
  }

  private int between(int i) {
    byte b = bytes[i];
    switch (b) {
      case ' ', '\t', '\r', '\n' -> {}
      case '{', '[' -> open(b, base + i);
      case '}', ']' -> close(b, base + i);
      case '"' -> openString(base + i + 1);
      case ':' -> expectThen(Expect.COLON, Expect.VALUE);
      case ',' -> expectThen(Expect.COMMA_OR_END, level().isArray() ? Expect.VALUE : Expect.KEY);
      default -> {
        if (takesValue() && isPassedHere()) {
          token = Token.WORD;
        } else {
          fail();
        }
      }
    }
    return i + 1;
  }

  private void open(byte bracket, long at) {
    if (!takesValue()) {
      fail();
      return;
    }
    ScanLevel next = levelFor(bracket);
    if (next != null) {
      push(next, at);
    } else if (isPassedHere()) {
      skipDepth = 1;
    } else {
      fail();
    }
  }

  /** Returns the level that a bracket opens here, or null when there is none of interest. */
  private @Nullable ScanLevel levelFor(byte bracket) {
    ScanLevel next =
        switch (level()) {
          case ROOT -> ScanLevel.TOP;
          case TOP -> levelAtTop();
          case DATA -> levelInData();
          case RESULT -> ScanLevel.ELEMENT;
          case ELEMENT -> levelInElement();
          case VALUES -> isLegacy() ? ScanLevel.LEGACY_ENTRY : ScanLevel.ENTRY;
          case ENTRY -> member == 2 && categorised ? ScanLevel.CATEGORIES : null;
          case CATEGORIES -> levelInCategories();
          case FLAGS, STREAM, LEGACY_ENTRY, METADATA, PARSED -> null;
        };
    if (next == null || next.isArray() != (bracket == '[')) {
      return null;
    }
    return next;
  }

  private @Nullable ScanLevel levelAtTop() {
    return switch (body) {
      case ANSWER -> key.equals("data") ? ScanLevel.DATA : null;
      case FRAME, LEGACY -> key.equals("streams") ? ScanLevel.RESULT : null;
      case FRAME_FLAGS -> key.equals("encodingFlags") ? ScanLevel.FLAGS : null;
    };
  }

  private @Nullable ScanLevel levelInData() {
    if (key.equals("encodingFlags")) {
      return ScanLevel.FLAGS;
    }
    return key.equals("result") ? ScanLevel.RESULT : null;
  }

  private @Nullable ScanLevel levelInElement() {
    if (isLegacy()) {
      return key.equals("entries") && streamSeen && !valuesSeen ? ScanLevel.VALUES : null;
    }
    if (key.equals("stream") && !streamSeen) {
      return ScanLevel.STREAM;
    }
    return key.equals("values") && streamSeen && !valuesSeen ? ScanLevel.VALUES : null;
  }

  private @Nullable ScanLevel levelInCategories() {
    if (key.equals("structuredMetadata") && entry.metadata < 0) {
      return ScanLevel.METADATA;
    }
    return key.equals("parsed") && entry.parsed < 0 ? ScanLevel.PARSED : null;
  }

  private void push(ScanLevel next, long at) {
    if (next == ScanLevel.RESULT && body == Body.ANSWER && !streams) {
      failure = Fallback.NOT_STREAMS;
      return;
    }
    top++;
    levels[top] = next;
    opened[top] = at;
    empty[top] = true;
    expect = next.isArray() ? Expect.VALUE_OR_END : Expect.KEY_OR_END;
    switch (next) {
      case DATA -> {
        streams = false;
        categorised = false;
      }
      case ELEMENT -> {
        streamSeen = false;
        valuesSeen = false;
        parts.elementOpened(at);
      }
      case STREAM -> streamSeen = true;
      case VALUES -> valuesSeen = true;
      case ENTRY, LEGACY_ENTRY -> {
        member = 0;
        entry.reset();
        parts.entryOpened(at);
      }
      case CATEGORIES -> entry.categories = at;
      case METADATA -> entry.metadata = at;
      case PARSED -> entry.parsed = at;
      default -> {}
    }
  }

  private void close(byte bracket, long at) {
    boolean mayEnd =
        expect == Expect.COMMA_OR_END
            || expect == Expect.KEY_OR_END
            || expect == Expect.VALUE_OR_END;
    if (top == 0 || !mayEnd || level().isArray() != (bracket == ']')) {
      fail();
      return;
    }
    ScanLevel closed = level();
    boolean wasEmpty = empty[top];
    long open = opened[top];
    top--;
    valueRead();
    switch (closed) {
      case STREAM -> parts.streamRead(open, at + 1);
      case METADATA -> {
        entry.metadataClose = at;
        entry.metadataEmpty = wasEmpty;
      }
      case PARSED -> entry.parsedClose = at;
      case CATEGORIES -> entry.categoriesEmpty = wasEmpty;
      case ENTRY -> {
        if (member == (categorised ? 3 : 2)) {
          parts.entryClosed(at + 1);
        } else {
          fail();
        }
      }
      case LEGACY_ENTRY -> {
        if (entry.lineStart >= 0) {
          parts.entryClosed(at + 1);
        } else {
          fail();
        }
      }
      case ELEMENT -> {
        if (valuesSeen) {
          parts.elementClosed(at + 1);
        } else {
          fail();
        }
      }
      default -> {}
    }
  }

  private void openString(long start) {
    boolean isKey = expect == Expect.KEY || expect == Expect.KEY_OR_END;
    if (!isKey && !(takesValue() && takesString())) {
      fail();
      return;
    }
    boolean needed =
        isKey
            ? level().namesMatter()
            : level() == ScanLevel.FLAGS || (level() == ScanLevel.DATA && key.equals("resultType"));
    stringStart = start;
    optionalEscapes = false;
    token = needed ? Token.STRING : Token.PASSED_STRING;
  }

  /** Whether a string may stand here as a value. */
  private boolean takesString() {
    return switch (level()) {
      case FLAGS, STREAM, METADATA, PARSED -> true;
      case ENTRY -> member < 2;
      case LEGACY_ENTRY ->
          key.equals("ts") ? entry.timeStart < 0 : key.equals("line") && entry.lineStart < 0;
      case ELEMENT -> isLegacy() && key.equals("labels") && !streamSeen;
      case DATA -> key.equals("resultType") || isPassedHere();
      case ROOT, TOP, RESULT, VALUES, CATEGORIES -> isPassedHere();
    };
  }

  private int string(int from, int to) {
    int i = from;
    if (escaped) {
      escaped = false;
      escape(bytes[i++]);
    }
    while (i < to) {
      i = PlainBytes.skip(bytes, i, to);
      if (i == to) {
        return i;
      }
      byte b = bytes[i++];
      if (b == '"') {
        boolean needed = token == Token.STRING;
        token = Token.BETWEEN;
        if (skipDepth == 0) {
          closeString(base + i - 1, needed);
        }
        return i;
      }
      if (b == '\\') {
        if (i == to) {
          escaped = true;
          return i;
        }
        escape(bytes[i++]);
      } else {
        fail();
        return i;
      }
    }
    return i;
  }

  private void escape(byte letter) {
    optionalEscapes |= letter == 'u' || letter == '/';
  }

  private void closeString(long end, boolean needed) {
    String text = "";
    if (needed) {
      String decoded = JsonStrings.decode(bytes, (int) (stringStart - base), (int) (end - base));
      if (decoded == null) {
        fail();
        return;
      }
      text = decoded;
    }
    if (expect == Expect.KEY || expect == Expect.KEY_OR_END) {
      key = text;
      empty[top] = false;
      expect = Expect.COLON;
      return;
    }
    if (level() == ScanLevel.FLAGS) {
      categorised |= text.equals("categorize-labels");
    } else if (level() == ScanLevel.DATA && key.equals("resultType")) {
      streams = text.equals("streams");
    } else if (level() == ScanLevel.ENTRY) {
      entryString(member == 1, end);
    } else if (level() == ScanLevel.LEGACY_ENTRY) {
      entryString(key.equals("line"), end);
    } else if (level() == ScanLevel.ELEMENT) {
      streamSeen = true;
      parts.streamRead(stringStart - 1, end + 1);
    }
    valueRead();
  }

  private void entryString(boolean isLine, long end) {
    if (isLine) {
      entry.lineStart = stringStart;
      entry.lineEnd = end;
      entry.lineHasOptionalEscapes = optionalEscapes;
    } else {
      entry.timeStart = stringStart;
      entry.timeEnd = end;
    }
  }

  private int word(int from, int to) {
    int i = from;
    while (i < to) {
      byte b = bytes[i];
      if (b == ',' || b == '}' || b == ']' || b == ' ' || b == '\n' || b == '\r' || b == '\t') {
        token = Token.BETWEEN;
        valueRead();
        return i;
      }
      i++;
    }
    return i;
  }

  /** Passes a value of no interest up to the bracket that closes it. */
  private int skipped(int from, int to) {
    for (int i = from; i < to; i++) {
      switch (bytes[i]) {
        case '"' -> {
          token = Token.PASSED_STRING;
          return i + 1;
        }
        case '{', '[' -> skipDepth++;
        case '}', ']' -> {
          if (--skipDepth == 0) {
            valueRead();
            return i + 1;
          }
        }
        default -> {}
      }
    }
    return to;
  }

  private void skip(ScanLevel wanted) {
    int at = top;
    while (levels[at] != wanted) {
      at--;
    }
    // Inside these levels nothing is skipped, so every open bracket is a level of the stack.
    skipDepth = top - at + 1L;
    top = at - 1;
    if (token == Token.STRING) {
      token = Token.PASSED_STRING;
    }
  }

  private void valueRead() {
    empty[top] = false;
    expect = top == 0 ? Expect.NOTHING : Expect.COMMA_OR_END;
    if (level() == ScanLevel.ENTRY) {
      member++;
    }
  }

  private void expectThen(Expect now, Expect next) {
    if (expect == now && top > 0) {
      expect = next;
    } else {
      fail();
    }
  }

  private boolean takesValue() {
    return expect == Expect.VALUE || expect == Expect.VALUE_OR_END;
  }

  /** Whether any value may stand here because nothing depends on it. */
  private boolean isPassedHere() {
    if (level() == ScanLevel.TOP) {
      return levelAtTop() == null;
    }
    return level() == ScanLevel.DATA && levelInData() == null && !key.equals("resultType");
  }

  private boolean isLegacy() {
    return body == Body.LEGACY;
  }

  private ScanLevel level() {
    return levels[top];
  }

  private void fail() {
    if (failure == null) {
      failure = Fallback.UNEXPECTED;
    }
  }
}
