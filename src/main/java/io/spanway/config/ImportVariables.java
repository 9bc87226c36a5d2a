// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.util.HashMap;
import java.util.Map;

/** The variables in Grafana's files, which writes {@code $NAME} and {@code ${NAME}}. */
final class ImportVariables {
  private final String yaml;

  ImportVariables(String yaml) {
    this.yaml = yaml;
  }

  /** A value for each variable, so that the file can be tried without the real ones. */
  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    for (int at = yaml.indexOf("${"); at >= 0; at = yaml.indexOf("${", at + 2)) {
      int end = nameEnd(yaml, at + 2);
      boolean whole = yaml.startsWith("[\"", at - 2) && yaml.startsWith("}\"]", end);
      environment.put(yaml.substring(at + 2, end), whole ? "http://upstream:1" : "x");
    }
    return environment;
  }

  /** Returns the text with one dollar for two, and with braces around the names of variables. */
  static String undoubled(String text) {
    var out = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      int end = c == '$' ? nameEnd(text, at + 1) : at;
      if (c == '$' && text.startsWith("$", at + 1)) {
        out.append('$');
        at += 2;
      } else if (c == '$' && end > at + 1) {
        out.append("${").append(text, at + 1, end).append('}');
        at = end;
      } else {
        out.append(c);
        at++;
      }
    }
    return out.toString();
  }

  /** Whether {@code text} is a variable and nothing else. */
  static boolean isVariable(String text) {
    return text.startsWith("${")
        && text.endsWith("}")
        && isName(text.substring(2, text.length() - 1));
  }

  static boolean isName(String text) {
    return !text.isEmpty() && nameEnd(text, 0) == text.length();
  }

  private static int nameEnd(String text, int from) {
    int end = from;
    while (end < text.length() && isPart(text.charAt(end), end > from)) {
      end++;
    }
    return end;
  }

  private static boolean isPart(char c, boolean later) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || (later && c >= '0' && c <= '9');
  }
}
