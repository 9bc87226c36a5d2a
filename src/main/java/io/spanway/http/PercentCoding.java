// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-coding (RFC 3986 section 2.1), strict about escapes and UTF-8. */
final class PercentCoding {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private PercentCoding() {}

  /**
   * Decodes {@code text} once; text without escapes is returned as it is.
   *
   * @param plusIsSpace true in queries and forms, not in paths
   */
  static String decode(String text, boolean plusIsSpace) throws BadTargetException {
    int first = firstCoded(text, plusIsSpace);
    if (first < 0) {
      return text;
    }
    // Characters that need no decoding may be any, since forms come as text; they go through UTF-8
    // with the escaped bytes so that a character may be escaped in part.
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int n = 0;
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      if (b == '%') {
        int high = i + 2 < bytes.length ? hex(bytes[i + 1]) : -1;
        int low = i + 2 < bytes.length ? hex(bytes[i + 2]) : -1;
        if (high < 0 || low < 0) {
          throw new BadTargetException("invalid URL escape " + shown(bytes, i));
        }
        bytes[n++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[n++] = b == '+' && plusIsSpace ? (byte) ' ' : b;
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, n)).toString();
    } catch (CharacterCodingException e) {
      throw new BadTargetException("invalid URL escape: not UTF-8");
    }
  }

  /**
   * Returns {@code target} with each character outside ASCII escaped. Decoders give a request
   * line's bytes one character each, so a character up to U+00FF stands for that byte; others can
   * only come from text typed by hand and stand for their UTF-8.
   */
  static String ascii(String target) {
    boolean bytes = target.chars().allMatch(c -> c <= 0xff);
    byte[] coded = target.getBytes(bytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    StringBuilder text = new StringBuilder(coded.length + 16);
    for (byte b : coded) {
      if (b >= 0) {
        text.append((char) b);
      } else {
        escape(b, text);
      }
    }
    return text.toString();
  }

  /** Appends {@code text} as Go's {@code url.QueryEscape} writes it. */
  static void encodeQuery(String text, StringBuilder to) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isUnreserved(c)) {
        to.append(c);
      } else if (c == ' ') {
        to.append('+');
      } else if (c < 0x80) {
        escape((byte) c, to);
      } else {
        int end = i + Character.charCount(text.codePointAt(i));
        // An unpaired surrogate has no UTF-8; getBytes puts a question mark.
        for (byte b : text.substring(i, end).getBytes(StandardCharsets.UTF_8)) {
          escape(b, to);
        }
        i = end - 1;
      }
    }
  }

  private static void escape(byte b, StringBuilder to) {
    to.append('%').append(HEX[b >> 4 & 15]).append(HEX[b & 15]);
  }

  private static int firstCoded(String text, boolean plusIsSpace) {
    int percent = text.indexOf('%');
    int plus = plusIsSpace ? text.indexOf('+') : -1;
    return percent < 0 || plus < 0 ? Math.max(percent, plus) : Math.min(percent, plus);
  }

  /** Returns the value of an ASCII hex digit, or -1: digits of other scripts do not count. */
  private static int hex(byte b) {
    if (b >= '0' && b <= '9') {
      return b - '0';
    }
    int lower = b | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  private static String shown(byte[] bytes, int at) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = at; i < Math.min(bytes.length, at + 3); i++) {
      char c = (char) (bytes[i] & 0xff);
      text.append(c > ' ' && c < 0x7f && c != '"' ? c : '?');
    }
    return text.append('"').toString();
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == '~';
  }
}
