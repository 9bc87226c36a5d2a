// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;

/** The text that puts keys into objects of an answer. */
final class Additions {
  private static final byte[] METADATA = "\"structuredMetadata\":{".getBytes(US_ASCII);

  private Additions() {}

  /**
   * Returns members to stand before the brace that closes an object; empty for no members.
   *
   * @param first whether the object has no members yet
   */
  static String members(Map<String, String> added, boolean first) {
    var out = new StringBuilder();
    added.forEach(
        (name, value) -> {
          if (!first || out.length() > 0) {
            out.append(',');
          }
          JsonStrings.quote(name, out);
          JsonStrings.quote(value, out.append(':'));
        });
    return out.toString();
  }

  /** Writes members to stand before the brace that closes an object. */
  static void writeMembers(Found added, boolean first, ChunkOutput out) {
    for (int i = 0; i < added.size(); i++) {
      if (!first || i > 0) {
        out.write(',');
      }
      out.writeQuoted(added.key(i));
      out.write(':');
      out.writeQuoted(added.value(i));
    }
  }

  /** Writes {@code structuredMetadata} to stand behind the brace that opens an entry's object. */
  static void writeMetadata(Found added, boolean onlyMember, ChunkOutput out) {
    out.write(METADATA, 0, METADATA.length);
    writeMembers(added, true, out);
    out.write('}');
    if (!onlyMember) {
      out.write(',');
    }
  }
}
