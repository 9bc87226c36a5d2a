// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import org.jspecify.annotations.Nullable;

/**
 * Refuses paths that two readers may take for different ones: whatever sits behind may decode once
 * more, resolve dots or cut parameters off, and must not arrive elsewhere than we thought
 * (CVE-2021-36156, CVE-2026-21726).
 */
final class PathGuard {
  private PathGuard() {}

  /** Returns what is wrong with {@code path}, which is decoded once; null when nothing is. */
  static @Nullable String problemOf(String path) {
    int segment = 0;
    for (int i = 0; i <= path.length(); i++) {
      char c = i < path.length() ? path.charAt(i) : '/';
      if (c == '/' || c == '\\') {
        if (isDots(path, segment, i)) {
          return "dot segments in the path are not allowed";
        }
        segment = i + 1;
      } else if (c == '\0') {
        return "NUL in the path is not allowed";
      } else if (c == '%' && isEncodedAgain(path, i)) {
        return "the path is encoded twice";
      }
    }
    return null;
  }

  /** Says whether a segment is {@code .} or {@code ..}, be it with {@code ;parameters}. */
  private static boolean isDots(String path, int from, int to) {
    int end = from;
    while (end < to && path.charAt(end) == '.') {
      end++;
    }
    int dots = end - from;
    return (dots == 1 || dots == 2) && (end == to || path.charAt(end) == ';');
  }

  /** Says whether the percent sign at {@code i} stands for a separator, a dot or NUL, finally. */
  private static boolean isEncodedAgain(String path, int i) {
    int at = i + 1;
    while (path.startsWith("25", at)) {
      at += 2;
    }
    return path.startsWith("00", at)
        || path.regionMatches(true, at, "2e", 0, 2)
        || path.regionMatches(true, at, "2f", 0, 2)
        || path.regionMatches(true, at, "5c", 0, 2);
  }
}
