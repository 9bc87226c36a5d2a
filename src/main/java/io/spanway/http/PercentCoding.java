// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-decoding, strict about escapes and UTF-8. */
final class PercentCoding {
  private PercentCoding() {}

  /** Decodes {@code text} once; {@code plusIsSpace} in queries and forms, not in paths. */
  static String decode(String text, boolean plusIsSpace) throws BadTargetException {
    byte[] bytes = new byte[text.length() * 3];
    int n = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          String shown = text.substring(i, Math.min(text.length(), i + 3));
          throw new BadTargetException("invalid URL escape \"" + shown + "\"");
        }
        bytes[n++] = (byte) (high << 4 | low);
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        bytes[n++] = ' ';
      } else if (c < 0x80) {
        bytes[n++] = (byte) c;
      } else {
        byte[] encoded = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(encoded, 0, bytes, n, encoded.length);
        n += encoded.length;
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, n)).toString();
    } catch (CharacterCodingException e) {
      throw new BadTargetException("escapes that are not UTF-8");
    }
  }
}
