// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/**
 * A field's value in one entry: a text, or bytes of the answer, so that a value that is written as
 * it was read need not become a text in between. Used for every entry.
 */
final class FieldValue {
  private byte[] bytes = {};
  private int from;
  private int to;

  /** Null while it was not asked for and the value is in {@link #bytes}. */
  private @Nullable String text = "";

  private boolean copyable;

  /** Sets a value; half a surrogate pair in it, which has no UTF-8 form, becomes U+FFFD. */
  void set(String value) {
    text = JsonStrings.encodable(value);
    copyable = false;
  }

  /** Sets a value of printable ASCII without quotes and backslashes, which is only lent. */
  void set(byte[] in, int start, int end) {
    bytes = in;
    from = start;
    to = end;
    text = null;
    copyable = true;
  }

  /** Whether the value is of printable ASCII without quotes and backslashes; false if unknown. */
  boolean isPlain() {
    return copyable;
  }

  boolean isEmpty() {
    return copyable ? from == to : text().isEmpty();
  }

  String text() {
    String known = text;
    if (known == null) {
      known = new String(bytes, from, to - from, ISO_8859_1);
      text = known;
    }
    return known;
  }

  /** Brings the value to what {@code format} wants; says whether it is of that format. */
  boolean read(IdFormat format) {
    if (copyable && format.keeps(bytes, from, to)) {
      return true;
    }
    String read = format.read(text());
    if (read != null) {
      set(read);
    }
    return read != null;
  }

  /** Writes the value as a string literal. */
  void write(ByteText out) {
    if (copyable) {
      out.write('"');
      out.write(bytes, from, to - from);
      out.write('"');
    } else {
      out.writeQuoted(text());
    }
  }
}
