// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

/** Names of fields as Loki makes label names of them. */
final class LabelNameText {
  private LabelNameText() {}

  /** Returns {@code name} with everything that a label name cannot have as underscores. */
  static String sanitize(String name) {
    var text = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      boolean legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || digit;
      if (digit && text.length() == 0) {
        text.append('_');
      }
      text.append(legal ? c : '_');
    }
    return text.toString();
  }
}
