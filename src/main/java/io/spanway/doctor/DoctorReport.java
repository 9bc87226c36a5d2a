// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.doctor.CheckResult.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an examination found.
 *
 * @param results in the order in which it was looked at
 * @param matrix what recent spans have of the configured tags, and Loki of their labels
 */
public record DoctorReport(List<CheckResult> results, TagMatrix matrix) {
  /** Copies the list. */
  public DoctorReport {
    results = List.copyOf(results);
  }

  /** Returns whether nothing is at fault. */
  public boolean isHealthy() {
    return results.stream().noneMatch(result -> result.outcome() == Outcome.FAULT);
  }

  /** Writes it for people: a line for each result, and what to do about it. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (CheckResult result : results) {
      text.append(String.format(Locale.ROOT, "%-8s", word(result.outcome())));
      text.append(result.check()).append(": ").append(result.found()).append('\n');
      if (!result.remedy().isEmpty()) {
        text.append("        -> ").append(result.remedy()).append('\n');
      }
    }
    return text.append(summary()).append('\n').toString();
  }

  private String summary() {
    long faults = results.stream().filter(r -> r.outcome() == Outcome.FAULT).count();
    long warnings = results.stream().filter(r -> r.outcome() == Outcome.WARNING).count();
    return faults
        + (faults == 1 ? " fault, " : " faults, ")
        + warnings
        + (warnings == 1 ? " warning" : " warnings");
  }

  /** Writes it as JSON. */
  public String json() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("healthy", isHealthy());
    ArrayNode checks = root.putArray("checks");
    for (CheckResult result : results) {
      ObjectNode each =
          checks
              .addObject()
              .put("check", result.check())
              .put("outcome", word(result.outcome()))
              .put("found", result.found());
      if (!result.remedy().isEmpty()) {
        each.put("remedy", result.remedy());
      }
    }
    matrix.writeTo(root.putArray("matrix"));
    byte[] json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    return new String(json, StandardCharsets.UTF_8) + "\n";
  }

  private static String word(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }
}
