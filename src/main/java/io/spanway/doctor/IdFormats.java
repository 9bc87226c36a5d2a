// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.streams.LogEntry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Guesses from lines how they carry trace IDs, as a derived field's pattern. */
final class IdFormats {
  private static final int DIGITS = 32;

  private IdFormats() {}

  /** Returns a derived field's keys for what most of the entries have; null when none has an ID. */
  static @Nullable String suggest(List<LogEntry> entries) {
    Map<String, Integer> seen = new TreeMap<>();
    for (LogEntry entry : entries) {
      String format = inLine(entry.line());
      if (format == null) {
        format = inLabels(entry.allLabels().asMap());
      }
      if (format != null) {
        seen.merge(format, 1, Integer::sum);
      }
    }
    String most = null;
    for (Map.Entry<String, Integer> each : seen.entrySet()) {
      if (most == null || each.getValue() > seen.getOrDefault(most, 0)) {
        most = each.getKey();
      }
    }
    return most;
  }

  private static @Nullable String inLabels(Map<String, String> labels) {
    for (Map.Entry<String, String> label : labels.entrySet()) {
      if (label.getValue().length() == DIGITS && runEnd(label.getValue(), 0) == DIGITS) {
        return "matcherType: label, matcherRegex: '^" + label.getKey() + "$'";
      }
    }
    return null;
  }

  private static @Nullable String inLine(String line) {
    int start = 0;
    while (start < line.length()) {
      int end = runEnd(line, start);
      if (end - start == DIGITS) {
        String before = before(line, start);
        if (!before.isEmpty()) {
          return "matcherRegex: '" + before + "([0-9a-fA-F]{32})'";
        }
      }
      start = end + 1;
    }
    return null;
  }

  private static int runEnd(String text, int start) {
    int end = start;
    while (end < text.length() && Character.digit(text.charAt(end), 16) >= 0) {
      end++;
    }
    return end;
  }

  /** The name in front of an ID with what stands between; empty when there is no name. */
  private static String before(String line, int idStart) {
    int at = idStart;
    while (at > 0 && "=:\" [-".indexOf(line.charAt(at - 1)) >= 0) {
      at--;
    }
    int nameEnd = at;
    while (at > 0 && isName(line.charAt(at - 1))) {
      at--;
    }
    if (at == nameEnd || nameEnd == idStart) {
      return "";
    }
    StringBuilder pattern = new StringBuilder();
    for (char c : line.substring(at, idStart).toCharArray()) {
      pattern.append(c == '.' || c == '[' ? "\\" : "").append(c);
    }
    return pattern.toString();
  }

  private static boolean isName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.';
  }
}
