// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** The text that puts keys into objects of an answer. */
final class Additions {
  private static final byte[] METADATA = "\"structuredMetadata\":{".getBytes(US_ASCII);

  private Additions() {}

  /** Writes members to stand before the brace that closes an object. */
  static void writeMembers(Found added, boolean first, ByteText out) {
    for (int i = 0; i < added.size(); i++) {
      if (!first || i > 0) {
        out.write(',');
      }
      byte[] key = added.key(i).json();
      out.write(key, 0, key.length);
      added.value(i).write(out);
    }
  }

  /** Writes {@code structuredMetadata} to stand behind the brace that opens an entry's object. */
  static void writeMetadata(Found added, boolean onlyMember, ByteText out) {
    out.write(METADATA, 0, METADATA.length);
    writeMembers(added, true, out);
    out.write('}');
    if (!onlyMember) {
      out.write(',');
    }
  }
}
