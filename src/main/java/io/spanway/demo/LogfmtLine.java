// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code key=value} pairs as Loki's {@code logfmt} without {@code --strict} does: words
 * without a value are left out, and what is no pair is skipped up to the next space
 * (grafana/loki:pkg/logql/log/logfmt).
 */
final class LogfmtLine {
  private final String line;
  private int at;

  private LogfmtLine(String line) {
    this.line = line;
  }

  /** Gives every pair of {@code line} to {@code out}. */
  static void extract(String line, BiConsumer<String, String> out) {
    var reader = new LogfmtLine(line);
    while (reader.skipSpace()) {
      String key = reader.key();
      String value = key == null ? null : reader.value();
      if (key != null && value != null && !value.isEmpty()) {
        out.accept(LabelNameText.sanitize(key), value);
      }
    }
  }

  private boolean skipSpace() {
    while (at < line.length() && line.charAt(at) <= ' ') {
      at++;
    }
    return at < line.length();
  }

  /** Reads a key and its equals sign; null, and past the word, when there is no pair here. */
  private @Nullable String key() {
    int start = at;
    while (at < line.length() && line.charAt(at) > ' ') {
      char c = line.charAt(at);
      if (c == '"' || (c == '=' && at == start)) {
        skipWord();
        return null;
      }
      if (c == '=') {
        return line.substring(start, at++);
      }
      at++;
    }
    return null;
  }

  private @Nullable String value() {
    if (at < line.length() && line.charAt(at) == '"') {
      return quoted();
    }
    int start = at;
    while (at < line.length() && line.charAt(at) > ' ') {
      char c = line.charAt(at);
      if (c == '=' || c == '"') {
        skipWord();
        return null;
      }
      at++;
    }
    return line.substring(start, at);
  }

  private @Nullable String quoted() {
    var text = new StringBuilder();
    at++;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '"') {
        return text.toString();
      }
      if (c == '\\' && at < line.length()) {
        char escaped = line.charAt(at++);
        text.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> escaped;
            });
      } else {
        text.append(c);
      }
    }
    return null;
  }

  private void skipWord() {
    while (at < line.length() && line.charAt(at) > ' ') {
      at++;
    }
  }
}
