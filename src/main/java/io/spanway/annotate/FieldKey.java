// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A key that is added, and its bytes. */
final class FieldKey {
  private final String name;
  private final byte[] quoted;
  private final byte[] json;

  FieldKey(String name) {
    var literal = new StringBuilder();
    JsonStrings.quote(name, literal);
    this.name = name;
    this.quoted = literal.toString().getBytes(UTF_8);
    this.json = literal.append(':').toString().getBytes(UTF_8);
  }

  String name() {
    return name;
  }

  /** The name as a string literal. */
  byte[] quoted() {
    return quoted;
  }

  /** The literal and a colon. */
  byte[] json() {
    return json;
  }
}
