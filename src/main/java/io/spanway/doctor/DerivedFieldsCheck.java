// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.annotate.AnnotateConfig;
import io.spanway.annotate.AnnotateConfigException;
import io.spanway.annotate.DerivedField;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.route.BackendKind;
import io.spanway.streams.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Whether the derived fields find something in recent lines, field by field and by stream. */
final class DerivedFieldsCheck implements Check {
  private static final int SHOWN_STREAMS = 8;

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    List<DerivedField> fields = examination.config().derivedFields();
    if (fields.isEmpty()) {
      return List.of(CheckResult.ok("derivedFields", "none configured"));
    }
    if (!examination.isUp(BackendKind.LOKI) || examination.lines().isEmpty()) {
      return List.of(CheckResult.skipped("derivedFields", "there are no recent lines to try"));
    }
    return judge(fields, examination.config().grafana().url(), examination.lines());
  }

  /** How many lines of a stream a field was found in. */
  private static final class Share {
    private int lines;
    private int found;
  }

  static List<CheckResult> judge(
      List<DerivedField> fields, @Nullable String grafanaUrl, List<LogEntry> lines) {
    List<CheckResult> results = new ArrayList<>();
    for (DerivedField field : fields) {
      try {
        results.add(
            judge(
                String.valueOf(field.name()),
                DerivedFieldSet.compile(List.of(field), grafanaUrl, AnnotateConfig.DEFAULT),
                lines));
      } catch (AnnotateConfigException e) {
        throw new IllegalArgumentException("the configuration was not checked: " + e, e);
      }
    }
    return results;
  }

  private static CheckResult judge(String name, DerivedFieldSet field, List<LogEntry> lines) {
    Map<String, Share> streams = new TreeMap<>();
    List<LogEntry> without = new ArrayList<>();
    for (LogEntry entry : lines) {
      Share share = streams.computeIfAbsent(stream(entry), any -> new Share());
      share.lines++;
      if (field.apply(entry).isEmpty()) {
        without.add(entry);
      } else {
        share.found++;
      }
    }
    int found = lines.size() - without.size();
    StringBuilder text = new StringBuilder();
    text.append("found in ").append(found).append(" of ").append(lines.size()).append(" lines");
    int shown = 0;
    for (Map.Entry<String, Share> stream : streams.entrySet()) {
      text.append(shown == 0 ? ": " : ", ");
      if (shown++ == SHOWN_STREAMS) {
        text.append("…");
        break;
      }
      Share share = stream.getValue();
      text.append(stream.getKey()).append(' ').append(100 * share.found / share.lines).append(" %");
    }
    String check = "derived field " + name;
    String suggestion = IdFormats.suggest(without);
    if (found == 0) {
      return CheckResult.fault(
          check,
          text.toString(),
          suggestion == null
              ? "none of these lines has an ID of 32 hex digits: do they carry trace IDs?"
              : "such lines have IDs that this finds: " + suggestion);
    }
    return suggestion == null
        ? CheckResult.ok(check, text.toString())
        : CheckResult.warning(
            check, text.toString(), "the other lines have IDs that this finds: " + suggestion);
  }

  private static String stream(LogEntry entry) {
    String service = entry.stream().asMap().get("service_name");
    return service == null ? entry.stream().toString() : service;
  }
}
