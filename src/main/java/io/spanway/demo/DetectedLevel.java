// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Locale;
import java.util.Set;

/** The level that Loki notes at ingest, for lines that name theirs as logfmt or JSON. */
final class DetectedLevel {
  private static final Pattern NAMED =
      Pattern.compile("(?:^|[\\s{,])\"?(?:level|LEVEL|severity|lvl)\"?\\s*[=:]\\s*\"?(\\w+)");
  private static final Set<String> KNOWN =
      Set.of("trace", "debug", "info", "warn", "error", "critical", "fatal");

  private DetectedLevel() {}

  static String of(String line) {
    Matcher matcher = NAMED.matcher(line);
    if (!matcher.find()) {
      return "unknown";
    }
    String level = matcher.group(1).toLowerCase(Locale.ROOT);
    if (level.equals("warning")) {
      return "warn";
    }
    return KNOWN.contains(level) ? level : "unknown";
  }
}
