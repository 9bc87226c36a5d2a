// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of the variables that Grafana has in a custom query.
 *
 * @param kind which
 * @param key the attribute's key, empty unless {@code kind} is {@link Kind#SPAN_TAG}
 * @param text how the query writes it
 */
record Variable(Kind kind, String key, String text) {
  static final String NAMES =
      "${__tags}, ${__span.spanId}, ${__span.traceId}, ${__span.name}, ${__span.duration},"
          + " ${__span.tags[\"key\"]}, ${__trace.traceId}, ${__trace.name} or ${__trace.duration}";

  enum Kind {
    TAGS,
    SPAN_ID,
    SPAN_NAME,
    SPAN_DURATION,
    SPAN_TAG,
    TRACE_ID,
    TRACE_NAME,
    TRACE_DURATION
  }

  private static final Map<String, Kind> KINDS =
      Map.of(
          "__tags", Kind.TAGS,
          "__span.spanId", Kind.SPAN_ID,
          "__span.traceId", Kind.TRACE_ID,
          "__span.name", Kind.SPAN_NAME,
          "__span.duration", Kind.SPAN_DURATION,
          "__trace.traceId", Kind.TRACE_ID,
          "__trace.name", Kind.TRACE_NAME,
          "__trace.duration", Kind.TRACE_DURATION);

  private static final String TAGS = "__span.tags";

  /**
   * Reads what stands between the braces.
   *
   * @param text with the braces, for messages
   * @return null if there is no such variable
   */
  static @Nullable Variable of(String name, String text) {
    Kind kind = KINDS.get(name);
    if (kind != null) {
      return new Variable(kind, "", text);
    }
    if (!name.startsWith(TAGS)) {
      return null;
    }
    String key = key(name.substring(TAGS.length()));
    return key == null ? null : new Variable(Kind.SPAN_TAG, key, text);
  }

  /** {@code .env}, {@code ["http.method"]} or {@code ['http.method']}, as lodash reads paths. */
  private static @Nullable String key(String path) {
    if (path.startsWith(".")) {
      String key = path.substring(1);
      boolean plain = !key.isEmpty() && key.indexOf('.') < 0 && key.indexOf('[') < 0;
      return plain ? key : null;
    }
    for (String quote : new String[] {"\"", "'"}) {
      String open = "[" + quote;
      String close = quote + "]";
      if (path.startsWith(open) && path.endsWith(close) && path.length() > 4) {
        String key = path.substring(2, path.length() - 2);
        return key.contains(quote) ? null : key;
      }
    }
    return null;
  }

  /** Whether its values are a count of microseconds. */
  boolean isNumber() {
    return kind == Kind.SPAN_DURATION || kind == Kind.TRACE_DURATION;
  }

  /** Whether its values are letters and digits only, which mean themselves everywhere. */
  boolean isHarmless() {
    return isNumber() || kind == Kind.SPAN_ID || kind == Kind.TRACE_ID;
  }
}
