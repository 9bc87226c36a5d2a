// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Answers of {@code query_range} as Loki gives them: lines of 250 bytes, a trace ID in each. */
final class LokiAnswers {
  private LokiAnswers() {}

  /**
   * Writes one.
   *
   * @param folded with everything folded into the labels, where entries mostly have streams of
   *     their own; otherwise as Grafana asks for it
   * @param entries how many at most
   */
  static void write(Path file, long bytes, int entries, boolean folded) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",");
      out.write(folded ? "\"result\":[" : "\"encodingFlags\":[\"categorize-labels\"],\"result\":[");
      long written = 0;
      for (int n = 0; written < bytes && n < entries; ) {
        var element = new StringBuilder(n == 0 ? "" : ",");
        element.append("{\"stream\":{\"service_name\":\"shop\",\"seq\":\"").append(n);
        element.append("\"},\"values\":[");
        int most = Math.min(folded ? 2 : 1000, entries - n);
        for (int i = 0; i < most && written + element.length() < bytes; i++) {
          element.append(i == 0 ? "" : ",").append(entry(++n, folded));
        }
        written += element.append("]}").length();
        out.append(element);
      }
      out.write("],\"stats\":{}}}");
    }
  }

  private static String entry(int n, boolean folded) {
    return "[\""
        + (1_700_000_000_000_000_000L + n * 1_000_000L)
        + "\",\"10.0.0."
        + n % 256
        + " - - \\\"GET /cart/"
        + n
        + " HTTP/1.1\\\" level=info msg=\\\"request done\\\" component=checkout region=eu-west-1"
        + " path=/cart/"
        + n % 100
        + " status=200 bytes=4862 duration=12.345ms host=shop-7d9f8b6c5-x2k4z thread=worker-"
        + n % 16
        + " trace_id="
        + String.format("%016x%016x", n * 0x9E3779B97F4A7C15L, n * 0xC2B2AE3D27D4EB4FL)
        + (folded ? "\"]" : "\",{\"structuredMetadata\":{\"detected_level\":\"info\"}}]");
  }
}
