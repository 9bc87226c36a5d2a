// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import java.util.Base64;

/** Writes the value of a composite attribute as JSON text, the way Grafana shows it. */
final class JsonText {
  private final StringBuilder out = new StringBuilder();

  void raw(String text) {
    out.append(text);
  }

  void number(double value) {
    out.append(Double.isFinite(value) ? DoubleText.of(value) : "null");
  }

  void bytes(byte[] value) {
    out.append('"').append(Base64.getEncoder().encodeToString(value)).append('"');
  }

  void string(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
