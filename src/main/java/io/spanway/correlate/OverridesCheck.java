// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.spanway.correlate.CorrelateConfigException.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns overrides into variants. They repeat the block's keys, so what was said about the block is
 * not said again.
 */
final class OverridesCheck {
  private final String block;
  private final ConfigCheck base;
  private final List<Finding> problems;
  private final List<Finding> warnings;

  OverridesCheck(String block, ConfigCheck base) {
    this.block = block;
    this.base = base;
    this.problems = new ArrayList<>(base.problems());
    this.warnings = new ArrayList<>(base.warnings());
  }

  /** Everything that is wrong, with the block's own. */
  List<Finding> problems() {
    return problems;
  }

  List<Finding> warnings() {
    return warnings;
  }

  List<Variant> variants(List<CorrelateConfig.ResourceOverride> overrides) {
    var variants = new ArrayList<Variant>();
    for (int i = 0; i < overrides.size(); i++) {
      String path = block + ".overrides[" + i + "]";
      CorrelateConfig.ResourceOverride override = overrides.get(i);
      if (override == null) {
        problems.add(new Finding(path, "is empty (expected: match and what differs)"));
        continue;
      }
      Map<String, Pattern> match = match(path + ".match", override.match());
      var check = new ConfigCheck(path, override.config());
      variants.add(new Variant(match, check.settings()));
      addNew(check.problems(), base.problems(), path, problems);
      addNew(check.warnings(), base.warnings(), path, warnings);
    }
    return variants;
  }

  private Map<String, Pattern> match(String path, Map<String, String> written) {
    var match = new LinkedHashMap<String, Pattern>();
    if (written.isEmpty()) {
      problems.add(
          new Finding(
              path,
              "is missing (expected: attributes of the resource, as { service.name: 'batch-.*'"
                  + " })"));
    }
    for (Map.Entry<String, String> each : written.entrySet()) {
      try {
        match.put(each.getKey(), Pattern.compile(each.getValue()));
      } catch (PatternSyntaxException e) {
        problems.add(
            new Finding(
                path,
                each.getKey()
                    + " was \""
                    + each.getValue()
                    + "\" (expected: a regular expression in RE2's syntax; "
                    + e.getDescription()
                    + ")"));
      }
    }
    return match;
  }

  private void addNew(List<Finding> found, List<Finding> known, String path, List<Finding> to) {
    for (Finding finding : found) {
      var inBlock = new Finding(block + finding.path().substring(path.length()), finding.message());
      if (!known.contains(inBlock)) {
        to.add(finding);
      }
    }
  }
}
