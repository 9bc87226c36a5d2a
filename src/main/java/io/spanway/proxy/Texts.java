// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.nio.charset.StandardCharsets;

/** Small pieces of text out of upstream's answers and into headers. */
final class Texts {
  private static final int MAX_LINE = 500;
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private Texts() {}

  /** Returns the first line of an error's text, shortened; nothing of an HTML page. */
  static String firstLine(byte[] body) {
    String text =
        new String(body, 0, Math.min(body.length, 4 * MAX_LINE), StandardCharsets.UTF_8).strip();
    if (text.startsWith("<")) {
      return "";
    }
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end).strip();
    StringBuilder clean = new StringBuilder(Math.min(line.length(), MAX_LINE));
    for (int i = 0; i < line.length() && i < MAX_LINE; i++) {
      char c = line.charAt(i);
      clean.append(Character.isISOControl(c) ? ' ' : c);
    }
    return clean.toString();
  }

  /** Percent-encodes what a header's value cannot hold, and cuts it to {@code max} characters. */
  static String headerValue(String text, int max) {
    StringBuilder value = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      boolean plain = c >= ' ' && c < 0x7f && c != '%';
      int more = plain ? 1 : 3;
      if (value.length() + more > max) {
        break;
      }
      if (plain) {
        value.append((char) c);
      } else {
        value.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return value.toString();
  }
}
