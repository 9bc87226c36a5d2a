// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.logql.LogqlWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a trace ID is spelled in a log, and the one spelling that it is brought to: lower-case hex.
 */
enum IdFormat {
  /** Not an ID, or one that is wanted as it is. */
  NONE("none") {
    @Override
    String read(String value) {
      return value;
    }

    @Override
    boolean keeps(byte[] ascii, int from, int to) {
      return true;
    }
  },

  /**
   * Hex in any case, with {@code 0x} and dashes; also the two spellings that cannot be mistaken for
   * anything else, {@code traceparent} and X-Ray's.
   */
  TRACE_ID("traceId") {
    @Override
    @Nullable String read(String value) {
      String id = TRACEPARENT.read(value);
      if (id == null) {
        id = XRAY.read(value);
      }
      if (id == null) {
        String lower = value.toLowerCase(Locale.ROOT);
        id = (lower.startsWith("0x") ? lower.substring(2) : lower).replace("-", "");
      }
      return id.isEmpty() ? null : id;
    }

    @Override
    List<String> spellings(String value, boolean dashes) {
      return dashes && isTraceId(value)
          ? inBothCases(value, uuid(value), xray(value))
          : inBothCases(value);
    }

    @Override
    String pattern(String value, boolean dashes) {
      String plain = "(0x)?" + LogqlWriter.regexQuote(value);
      return "(?i)"
          + (dashes && isTraceId(value)
              ? String.join(
                  "|", plain, "(0x)?" + uuid(value), TRACEPARENT_OF + value + "-.*", xrayOf(value))
              : plain);
    }

    @Override
    boolean keeps(byte[] ascii, int from, int to) {
      boolean hex = from < to;
      for (int i = from; i < to; i++) {
        // Without branches, which the digits of an ID would make a guess each.
        hex &= LOWER_HEX[ascii[i]];
      }
      return hex;
    }
  },

  /** W3C: {@code 00-<32 hex>-<16 hex>-<2 hex>}; what follows in later versions is not looked at. */
  TRACEPARENT("traceparent") {
    @Override
    @Nullable String read(String value) {
      boolean shaped =
          value.length() >= 55
              && isHex(value, 0, 2)
              && value.charAt(2) == '-'
              && isHex(value, 3, 35)
              && value.charAt(35) == '-'
              && isHex(value, 36, 52)
              && value.charAt(52) == '-'
              && isHex(value, 53, 55)
              && (value.length() == 55 || value.charAt(55) == '-');
      return shaped && !value.regionMatches(true, 0, "ff", 0, 2) ? id(value, 3, 35) : null;
    }

    @Override
    List<String> spellings(String value, boolean dashes) {
      return inBothCases(value);
    }

    @Override
    String pattern(String value, boolean dashes) {
      return "(?i)" + TRACEPARENT_OF + LogqlWriter.regexQuote(value) + "-.*";
    }
  },

  /** Datadog: the lower 64 bits in decimal; its newer tracers write 32 hex digits. */
  DATADOG("datadog") {
    @Override
    @Nullable String read(String value) {
      if (value.length() == 32 && isHex(value, 0, 32)) {
        return id(value, 0, 32);
      }
      for (int i = 0; i < value.length(); i++) {
        if (value.charAt(i) < '0' || value.charAt(i) > '9') {
          return null;
        }
      }
      try {
        String hex = Long.toHexString(Long.parseUnsignedLong(value));
        return hex.equals("0") ? null : "0".repeat(16 - hex.length()) + hex;
      } catch (NumberFormatException tooLarge) {
        return null;
      }
    }

    @Override
    List<String> spellings(String value, boolean dashes) {
      String decimal = decimal(value);
      return decimal == null ? inBothCases(value) : List.of(decimal);
    }

    @Override
    String pattern(String value, boolean dashes) {
      String decimal = decimal(value);
      return decimal == null ? "(?i)" + LogqlWriter.regexQuote(value) : "0*" + decimal;
    }

    private @Nullable String decimal(String value) {
      return value.length() == 16 && isHex(value, 0, 16)
          ? Long.toUnsignedString(Long.parseUnsignedLong(value, 16))
          : null;
    }
  },

  /** AWS X-Ray: {@code 1-<8 hex>-<24 hex>}, alone or as {@code Root=…} among other parts. */
  XRAY("xray") {
    @Override
    @Nullable String read(String value) {
      int root = value.indexOf("Root=");
      int from = root < 0 ? 0 : root + 5;
      int end = value.indexOf(';', from);
      String id = value.substring(from, end < 0 ? value.length() : end);
      boolean shaped =
          id.length() == 35
              && id.startsWith("1-")
              && isHex(id, 2, 10)
              && id.charAt(10) == '-'
              && isHex(id, 11, 35);
      return shaped ? id(id.substring(2, 10) + id.substring(11), 0, 32) : null;
    }

    @Override
    List<String> spellings(String value, boolean dashes) {
      return isTraceId(value) ? inBothCases(xray(value)) : List.of(value);
    }

    @Override
    @Nullable String pattern(String value, boolean dashes) {
      return isTraceId(value) ? "(?i)" + xrayOf(value) : null;
    }
  };

  private static final int TRACE_DIGITS = 32;
  private static final String TRACEPARENT_OF = "[0-9a-f]{2}-";

  private static final boolean[] LOWER_HEX = new boolean[128];

  static {
    for (char c : "0123456789abcdef".toCharArray()) {
      LOWER_HEX[c] = true;
    }
  }

  private final String key;

  IdFormat(String key) {
    this.key = key;
  }

  /** Returns the ID in {@code value}; null when it is not of this format. */
  abstract @Nullable String read(String value);

  /**
   * Returns the texts of which every line that yields {@code value} contains one, as far as IDs are
   * written in use: all lower or all upper case, dashes where a UUID or this format has them.
   *
   * @param dashes whether what was found in the line may have dashes
   */
  List<String> spellings(String value, boolean dashes) {
    return List.of(value);
  }

  /**
   * Returns the expression, for the whole of what is found in a line, that fits what is brought to
   * {@code value}; null where that is {@code value} alone.
   */
  @Nullable String pattern(String value, boolean dashes) {
    return null;
  }

  private static List<String> inBothCases(String... texts) {
    var all = new ArrayList<String>();
    for (String text : texts) {
      String lower = text.toLowerCase(Locale.ROOT);
      all.add(lower);
      String upper = text.toUpperCase(Locale.ROOT);
      if (!upper.equals(lower)) {
        all.add(upper);
      }
    }
    return all;
  }

  private static boolean isTraceId(String value) {
    return value.length() == TRACE_DIGITS && isHex(value, 0, TRACE_DIGITS);
  }

  private static String uuid(String id) {
    return String.join(
        "-",
        id.substring(0, 8),
        id.substring(8, 12),
        id.substring(12, 16),
        id.substring(16, 20),
        id.substring(20));
  }

  private static String xrayOf(String id) {
    return "(.*Root=)?1-" + xray(id) + "(;.*)?";
  }

  private static String xray(String id) {
    return id.substring(0, 8) + '-' + id.substring(8);
  }

  /** Says whether {@link #read} is known to return the value as it is. */
  boolean keeps(byte[] ascii, int from, int to) {
    return false;
  }

  /** Returns the format that the configuration calls {@code key}, or null. */
  static @Nullable IdFormat of(String key) {
    for (IdFormat format : values()) {
      if (format.key.equals(key)) {
        return format;
      }
    }
    return null;
  }

  /** Returns the format of a field that says none: an ID where the name looks like one's. */
  static IdFormat ofName(String name) {
    String letters = name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    return letters.replace(".", "").replace(" ", "").contains("traceid") ? TRACE_ID : NONE;
  }

  static String keys() {
    return Arrays.stream(values()).map(format -> format.key).collect(Collectors.joining(", "));
  }

  /** Returns the digits in lower case; null when all are zero, which is no ID. */
  private static @Nullable String id(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      if (value.charAt(i) != '0') {
        return value.substring(from, to).toLowerCase(Locale.ROOT);
      }
    }
    return null;
  }

  private static boolean isHex(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      boolean digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!digit) {
        return false;
      }
    }
    return true;
  }
}
