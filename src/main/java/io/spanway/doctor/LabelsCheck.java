// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.correlate.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether Loki has the labels that the configuration names. */
final class LabelsCheck implements Check {
  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    return judge(examination.correlator().streamLabels(), examination.labels());
  }

  static List<CheckResult> judge(Set<String> configured, @Nullable Set<String> known) {
    String check = "labels of tracesToLogsV2.tags";
    if (configured.isEmpty()) {
      return List.of(CheckResult.ok(check, "none configured: the defaults, where Loki has them"));
    }
    if (known == null || known.isEmpty()) {
      return List.of(CheckResult.skipped(check, "loki does not say which labels it has"));
    }
    List<CheckResult> results = new ArrayList<>();
    for (String label : configured) {
      if (!known.contains(label)) {
        String nearest = NearestName.of(label, known);
        results.add(
            CheckResult.fault(
                "label " + label,
                "loki has no such label; the tag that names it finds nothing",
                nearest == null
                    ? "name a label that Loki has, or say in: structuredMetadata"
                    : "write value: " + nearest + " in tracesToLogsV2.tags"));
      }
    }
    return results.isEmpty()
        ? List.of(CheckResult.ok(check, "loki has " + String.join(", ", configured)))
        : results;
  }
}
