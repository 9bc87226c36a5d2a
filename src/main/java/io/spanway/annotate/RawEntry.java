// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An entry in the bytes of an answer, decoded when asked. One instance is used for every entry of a
 * body; {@link #isReadable} tells whether all that was asked for could be decoded.
 */
final class RawEntry implements EntryView {
  private byte[] bytes = {};
  private long base;
  private EntryBounds at = new EntryBounds();
  private byte[] stream = {};
  private @Nullable Map<String, String> streamLabels;
  private @Nullable String line;
  private @Nullable Map<String, String> metadata;
  private @Nullable Map<String, String> parsed;
  private boolean readable = true;

  /** Turns to another element. Copies its labels, which stay known while its entries pass. */
  void enterElement(byte[] streamObject) {
    stream = streamObject;
    streamLabels = null;
  }

  /** Turns to another entry; {@code in[0]} is at position {@code base}. */
  void enterEntry(byte[] in, long base, EntryBounds entry) {
    this.bytes = in;
    this.base = base;
    this.at = entry;
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
    return readable;
  }

  @Override
  public boolean lineMayContain(String escaped) {
    if (at.lineHasOptionalEscapes) {
      return true;
    }
    int last = index(at.lineEnd) - escaped.length();
    byte first = (byte) escaped.charAt(0);
    for (int i = index(at.lineStart); i <= last; i++) {
      if (bytes[i] == first && matches(escaped, i)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int lineLength() {
    return (int) (at.lineEnd - at.lineStart);
  }

  @Override
  public String line() {
    String known = line;
    if (known == null) {
      known = JsonStrings.decode(bytes, index(at.lineStart), index(at.lineEnd));
      if (known == null) {
        readable = false;
        known = "";
      }
      line = known;
    }
    return known;
  }

  @Override
  public @Nullable String label(String name) {
    String value = parsed().get(name);
    if (value == null) {
      value = metadata().get(name);
    }
    return value == null ? stream().get(name) : value;
  }

  @Override
  public Labels labels() {
    var all = new TreeMap<>(stream());
    all.putAll(metadata());
    all.putAll(parsed());
    return Labels.of(all);
  }

  Labels streamLabels() {
    return Labels.of(stream());
  }

  private Map<String, String> stream() {
    Map<String, String> known = streamLabels;
    if (known == null) {
      known = object(stream, 0, stream.length);
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

  private boolean matches(String wanted, int from) {
    for (int i = 1; i < wanted.length(); i++) {
      if (bytes[from + i] != wanted.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int index(long position) {
    return (int) (position - base);
  }
}
