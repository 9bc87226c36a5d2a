// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import io.spanway.streams.Labels;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An entry in the bytes of an answer, decoded when asked. One instance is used for every entry of a
 * body; {@link #isReadable} tells whether all that was asked for could be decoded.
 */
final class RawEntry implements EntryView {
  /** Names are remembered with what patterns say of them; parsed names can be any number. */
  private static final int MAX_NAMES = 512;

  private static final byte UNKNOWN = 0;
  private static final byte FITS = 1;
  private static final byte FAILS = 2;

  private final LiteralSet literals;
  private final IdentityHashMap<Pattern, Map<String, Boolean>> names = new IdentityHashMap<>(4);

  /** Where the line has each literal first; known only when the line was searched. */
  private final int[] first;

  /** The bits of the literals that the line has. */
  private long present;

  private boolean searched;
  private boolean literalsHold;

  private byte[] bytes = {};
  private long base;
  private EntryBounds at = new EntryBounds();
  private byte[] stream = {};
  private @Nullable Map<String, String> streamLabels;
  private final byte[] conditions;
  private final LiteralRun.Group group = new LiteralRun.Group();
  private @Nullable String line;
  private @Nullable Map<String, String> metadata;
  private @Nullable Map<String, String> parsed;
  private boolean readable = true;
  private boolean streamReadable = true;
  private boolean streamIsPlain;

  /** Keys that the stream is known not to have. */
  private FieldKey[] absent = new FieldKey[4];

  private int absentCount;

  /**
   * Makes one.
   *
   * @param literals what lines are searched for
   * @param conditions how many conditions on streams there are
   */
  RawEntry(LiteralSet literals, int conditions) {
    this.literals = literals;
    this.first = new int[literals.size()];
    this.conditions = new byte[conditions];
  }

  /**
   * Turns to another element. Takes a copy of its labels, which stay known over its entries.
   *
   * @param labels an object, or in the legacy shape a string
   */
  void enterElement(byte[] labels) {
    stream = labels;
    streamLabels = null;
    streamIsPlain = labels[0] == '{' && PlainBytes.indexOf(labels, 0, labels.length, '\\') < 0;
    streamReadable = true;
    absentCount = 0;
    Arrays.fill(conditions, UNKNOWN);
  }

  /** Turns to another entry; {@code in[0]} is at position {@code base}. */
  void enterEntry(byte[] in, long base, EntryBounds entry) {
    this.bytes = in;
    this.base = base;
    this.at = entry;
    searched = false;
    line = null;
    metadata = null;
    parsed = null;
    readable = true;
  }

  /** Lets go of the answer's bytes. */
  void leave() {
    bytes = new byte[0];
    line = null;
    metadata = null;
    parsed = null;
  }

  boolean isReadable() {
    return readable && streamReadable;
  }

  @Override
  public boolean mayHave(long wanted) {
    return wanted == 0 || !literalsHold() || (present & wanted) != 0;
  }

  @Override
  public boolean inLine(LinePattern pattern, FieldValue value, AnnotateListener listener) {
    if (pattern.literals().length == 0 || !literalsHold()) {
      return searched(pattern, value, listener);
    }
    int start = index(at.lineStart);
    int end = index(at.lineEnd);
    int from = Integer.MAX_VALUE;
    for (int literal : pattern.literals()) {
      if (first[literal] >= 0) {
        from = Math.min(from, first[literal]);
      }
    }
    if (from == Integer.MAX_VALUE) {
      return false;
    }
    if (pattern.run() != null) {
      return run(pattern.run(), start, from, end, value);
    }
    if (!pattern.beginsWithLiteral() || !JsonStrings.isBoundary(bytes, start, from)) {
      return searched(pattern, value, listener);
    }
    return !pattern.isTooLong(end - from, listener) && pattern.find(text(from, end), value);
  }

  private boolean run(LiteralRun run, int start, int from, int end, FieldValue value) {
    if (!run.find(bytes, start, from, end, group) || group.start == group.end) {
      return false;
    }
    if (group.isPlain) {
      value.set(bytes, group.start, group.end);
    } else {
      value.set(text(group.start, group.end));
    }
    return true;
  }

  /** Searches the whole line with the engine. */
  private boolean searched(LinePattern pattern, FieldValue value, AnnotateListener listener) {
    int length = (int) (at.lineEnd - at.lineStart);
    return !pattern.isTooLong(length, listener) && pattern.find(line(), value);
  }

  /** Says whether a literal that the line has stands in it as it is written in JSON mostly. */
  private boolean literalsHold() {
    if (!searched) {
      searched = true;
      int start = index(at.lineStart);
      int end = index(at.lineEnd);
      literalsHold =
          !at.lineHasOptionalEscapes || !JsonStrings.hasUnusualEscapes(bytes, start, end);
      present = literalsHold ? literals.search(bytes, start, end, first) : 0;
    }
    return literalsHold;
  }

  private String line() {
    String known = line;
    if (known == null) {
      known = text(index(at.lineStart), index(at.lineEnd));
      line = known;
    }
    return known;
  }

  private String text(int from, int end) {
    String text = JsonStrings.decode(bytes, from, end);
    if (text == null) {
      readable = false;
      return "";
    }
    return text;
  }

  @Override
  public long timestampNs() {
    if (at.timeStart < 0) {
      return NO_TIME;
    }
    String text = text(index(at.timeStart), index(at.timeEnd));
    try {
      return text.endsWith("Z") ? LegacyShape.timeNs(text) : Long.parseLong(text);
    } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
      return NO_TIME;
    }
  }

  @Override
  public boolean fits(StreamCondition condition) {
    byte known = conditions[condition.index()];
    if (known == UNKNOWN) {
      known = condition.fits(stream()::get) ? FITS : FAILS;
      conditions[condition.index()] = known;
    }
    return known == FITS;
  }

  @Override
  public @Nullable String label(FieldKey key) {
    if (at.isPlain) {
      boolean inEntry =
          mayHave(at.metadata, at.metadataClose, key) || mayHave(at.parsed, at.parsedClose, key);
      return inEntry ? label(key.name()) : inStream(key);
    }
    return label(key.name());
  }

  private @Nullable String inStream(FieldKey key) {
    for (int i = 0; i < absentCount; i++) {
      if (absent[i] == key) {
        return null;
      }
    }
    // Most streams need not be decoded to know that they do not have the key.
    boolean mayHave =
        streamLabels != null
            || !streamIsPlain
            || PlainBytes.indexOf(stream, 0, stream.length, key.quoted()) >= 0;
    String value = mayHave ? stream().get(key.name()) : null;
    if (value == null) {
      if (absentCount == absent.length) {
        absent = Arrays.copyOf(absent, 2 * absentCount);
      }
      absent[absentCount++] = key;
    }
    return value;
  }

  /** Says whether an object without escapes may have a name: those have it in these bytes. */
  private boolean mayHave(long open, long close, FieldKey key) {
    return open >= 0 && PlainBytes.indexOf(bytes, index(open), index(close), key.quoted()) >= 0;
  }

  @Override
  public @Nullable String label(String name) {
    String value = at.parsed < 0 ? null : value(at.parsed, at.parsedClose, name);
    if (value == null && at.metadata >= 0) {
      value = value(at.metadata, at.metadataClose, name);
    }
    return value == null ? stream().get(name) : value;
  }

  private @Nullable String value(long open, long close, String name) {
    return JsonStrings.value(bytes, index(open), index(close), name);
  }

  @Override
  public boolean inLabels(Pattern name, FieldValue value) {
    Map<String, Boolean> known = names.computeIfAbsent(name, pattern -> new HashMap<>());
    String found = firstOf(stream(), name, known, null);
    found = firstOf(metadata(), name, known, found);
    found = firstOf(parsed(), name, known, found);
    String text = found == null ? null : label(found);
    if (text != null) {
      value.set(text);
    }
    return text != null;
  }

  private static @Nullable String firstOf(
      Map<String, String> labels,
      Pattern wanted,
      Map<String, Boolean> known,
      @Nullable String soFar) {
    String found = soFar;
    for (String name : labels.keySet()) {
      if ((found == null || name.compareTo(found) < 0) && matches(name, wanted, known)) {
        found = name;
      }
    }
    return found;
  }

  private static boolean matches(String name, Pattern wanted, Map<String, Boolean> known) {
    Boolean answer = known.get(name);
    if (answer == null) {
      answer = wanted.matcher(name).find();
      if (known.size() < MAX_NAMES) {
        known.put(name, answer);
      }
    }
    return answer;
  }

  /** Says whether the stream has no labels, where they are an object. */
  boolean streamIsEmpty() {
    return PlainBytes.indexOf(stream, 0, stream.length, '"') < 0;
  }

  Labels streamLabels() {
    return Labels.of(stream());
  }

  private Map<String, String> stream() {
    Map<String, String> known = streamLabels;
    if (known == null) {
      boolean legacy = stream.length > 0 && stream[0] == '"';
      known =
          legacy
              ? LegacyShape.read(JsonStrings.decode(stream, 1, stream.length - 1))
              : JsonStrings.decodeObject(stream, 0, stream.length);
      if (known == null) {
        streamReadable = false;
        known = Map.of();
      }
      streamLabels = known;
    }
    return known;
  }

  private Map<String, String> metadata() {
    Map<String, String> known = metadata;
    if (known == null) {
      known =
          at.metadata < 0 ? Map.of() : object(bytes, index(at.metadata), index(at.metadataClose));
      metadata = known;
    }
    return known;
  }

  private Map<String, String> parsed() {
    Map<String, String> known = parsed;
    if (known == null) {
      known = at.parsed < 0 ? Map.of() : object(bytes, index(at.parsed), index(at.parsedClose));
      parsed = known;
    }
    return known;
  }

  private Map<String, String> object(byte[] in, int open, int end) {
    Map<String, String> decoded = JsonStrings.decodeObject(in, open, end);
    if (decoded == null) {
      readable = false;
      return Map.of();
    }
    return decoded;
  }

  private int index(long position) {
    return (int) (position - base);
  }
}
