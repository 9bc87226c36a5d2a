// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

/** Values from outside, made fit for a message: quoted, on one line, at most 60 characters. */
public final class Excerpts {
  private static final int MAX_LENGTH = 60;

  private Excerpts() {}

  /** Returns {@code text} in double quotes; control characters become question marks. */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    int end = Math.min(text.length(), MAX_LENGTH);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      quoted.append(Character.isISOControl(c) ? '?' : c);
    }
    return quoted.append(end < text.length() ? "…\"" : "\"").toString();
  }
}
