// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.Collection;
import java.util.Map;

/** Writes JSON as Loki and Tempo do: no spaces, members in the order given. */
final class JsonText {
  private JsonText() {}

  /** Appends {@code text} as a string; other characters than JSON's own stay as they are. */
  static void string(StringBuilder out, String text) {
    string(out, text, false);
  }

  /** Appends a log line: Loki escapes what HTML would mind in lines, and in them alone. */
  static void line(StringBuilder out, String line) {
    string(out, line, true);
  }

  /** Appends an object of strings in the map's order. */
  static void object(StringBuilder out, Map<String, String> members) {
    out.append('{');
    String comma = "";
    for (Map.Entry<String, String> member : members.entrySet()) {
      out.append(comma);
      string(out, member.getKey());
      out.append(':');
      string(out, member.getValue());
      comma = ",";
    }
    out.append('}');
  }

  /** Appends an array of strings. */
  static void array(StringBuilder out, Collection<String> elements) {
    out.append('[');
    String comma = "";
    for (String element : elements) {
      out.append(comma);
      string(out, element);
      comma = ",";
    }
    out.append(']');
  }

  private static void string(StringBuilder out, String text, boolean html) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          boolean escape = c < ' ' || (html && (c == '<' || c == '>' || c == '&'));
          if (escape) {
            out.append("\\u00")
                .append(Character.forDigit(c >> 4, 16))
                .append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
