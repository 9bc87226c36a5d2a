// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What an answer says of the work behind it. The demo counts lines and bytes; the rest of Loki's
 * object is there with zeros.
 *
 * @param lines lines looked at
 * @param bytes their bytes
 * @param kept lines that passed all filters
 * @param returned entries, series or samples in the answer
 */
record LokiStats(long lines, long bytes, long kept, long returned) {
  private static final String TEMPLATE = template();

  String json() {
    return TEMPLATE
        .replace("@LINES@", Long.toString(lines))
        .replace("@BYTES@", Long.toString(bytes))
        .replace("@KEPT@", Long.toString(kept))
        .replace("@RETURNED@", Long.toString(returned));
  }

  private static String template() {
    try (InputStream in = LokiStats.class.getResourceAsStream("loki-stats.json")) {
      if (in == null) {
        throw new IllegalStateException("loki-stats.json is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
