// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.http.QueryParameters;
import io.spanway.route.BackendKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Whether the upstreams are new enough. */
final class VersionCheck implements Check {
  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    List<CheckResult> results = new ArrayList<>();
    results.add(loki(examination));
    results.add(tempo(examination));
    return results;
  }

  private static CheckResult loki(Examination examination) throws InterruptedException {
    String check = "loki's version";
    if (!examination.isUp(BackendKind.LOKI)) {
      return CheckResult.skipped(check, "loki does not answer");
    }
    String version = version(examination, BackendKind.LOKI, "/loki/api/v1/status/buildinfo");
    if (version != null) {
      return judge(check, version, 3, 0);
    }
    // Builds from source have no version; the grammar tells what matters.
    UpstreamAsker.Reply reply =
        examination.ask(
            BackendKind.LOKI,
            "/loki/api/v1/format_query",
            QueryParameters.of("query", "{a=\"b\"} |= \"a\" or \"b\""));
    if (reply.status() == 200) {
      return CheckResult.ok(check, "it does not say, but it knows |= \"a\" or \"b\"");
    }
    return reply.status() == 400
        ? CheckResult.fault(
            check, "it does not know |= \"a\" or \"b\"", "Loki 3.0 or later is needed")
        : CheckResult.skipped(check, "it does not say");
  }

  private static CheckResult tempo(Examination examination) throws InterruptedException {
    String check = "tempo's version";
    if (!examination.isUp(BackendKind.TEMPO)) {
      return CheckResult.skipped(check, "tempo does not answer");
    }
    String version = version(examination, BackendKind.TEMPO, "/api/status/buildinfo");
    return version == null
        ? CheckResult.skipped(check, "it does not say")
        : judge(check, version, 2, 2);
  }

  private static @Nullable String version(
      Examination examination, BackendKind upstream, String path) throws InterruptedException {
    JsonNode info = Examination.json(examination.ask(upstream, path));
    String version = info.path("version").asString("");
    return numbers(version) == null ? null : version;
  }

  static CheckResult judge(String check, String version, int major, int minor) {
    int[] numbers = numbers(version);
    boolean old =
        numbers != null && (numbers[0] < major || (numbers[0] == major && numbers[1] < minor));
    return old
        ? CheckResult.fault(check, version, major + "." + minor + " or later is needed")
        : CheckResult.ok(check, version);
  }

  /** Reads {@code 3.4.2} or {@code v2.7}; null for what has no such numbers. */
  private static int @Nullable [] numbers(String version) {
    String[] parts = (version.startsWith("v") ? version.substring(1) : version).split("\\.", -1);
    if (parts.length < 2) {
      return null;
    }
    int[] numbers = new int[2];
    for (int i = 0; i < 2; i++) {
      String digits = parts[i];
      int end = 0;
      while (end < digits.length() && end < 6 && Character.digit(digits.charAt(end), 10) >= 0) {
        end++;
      }
      if (end == 0) {
        return null;
      }
      numbers[i] = Integer.parseInt(digits.substring(0, end));
    }
    return numbers;
  }
}
