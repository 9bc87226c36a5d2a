// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Map;

/** The text that puts keys into objects of an answer. */
final class Additions {
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

  /** Returns {@code structuredMetadata} to stand behind the brace that opens an entry's object. */
  static String metadata(Map<String, String> added, boolean onlyMember) {
    return "\"structuredMetadata\":{" + members(added, true) + (onlyMember ? "}" : "},");
  }
}
