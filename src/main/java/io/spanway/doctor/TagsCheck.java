// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.correlate.Correlator;
import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.SpanLogsException;
import io.spanway.correlate.SpanLogsOptions;
import io.spanway.explain.LabelCheck;
import io.spanway.model.Span;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Whether recent spans have the tags that lead to their logs, service by service. */
final class TagsCheck implements Check {
  private static final int MAX_SPANS = 200;

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    if (examination.traces().isEmpty()) {
      return List.of(CheckResult.skipped("tags of spans", "there are no recent traces to try"));
    }
    return judge(examination.correlator(), examination.traces(), examination.labels());
  }

  /** What became of the spans of a service. */
  private static final class Share {
    private int spans;
    private int led;
    private @Nullable String problem;
  }

  static List<CheckResult> judge(
      Correlator correlator, List<Trace> traces, @Nullable Set<String> known) {
    Map<String, Share> services = new TreeMap<>();
    for (Trace trace : traces) {
      for (Span span : trace.spans().subList(0, Math.min(trace.spans().size(), MAX_SPANS))) {
        String service = span.resource().serviceName();
        Share share =
            services.computeIfAbsent(
                service == null ? "(without service.name)" : service, any -> new Share());
        share.spans++;
        String problem = problem(correlator, trace, span, known);
        if (problem == null) {
          share.led++;
        } else if (share.problem == null) {
          share.problem = problem;
        }
      }
    }
    List<CheckResult> results = new ArrayList<>();
    for (Map.Entry<String, Share> service : services.entrySet()) {
      Share share = service.getValue();
      String check = "tags of service " + service.getKey();
      String found = share.led + " of " + share.spans + " recent spans lead to streams";
      String problem = share.problem;
      results.add(
          problem == null
              ? CheckResult.ok(check, found)
              : share.led == 0
                  ? CheckResult.fault(check, found, problem)
                  : CheckResult.warning(check, found, problem));
    }
    return results;
  }

  private static @Nullable String problem(
      Correlator correlator, Trace trace, Span span, @Nullable Set<String> known) {
    try {
      SpanLogs asked =
          correlator.forSpan(
              trace, new SpanRef(trace.id(), span.id()), SpanLogsOptions.DEFAULT, known);
      for (LabelCheck label : LabelCheck.of(asked, List.of(), known)) {
        if (Boolean.FALSE.equals(label.exists())) {
          return "loki has no label "
              + label.label()
              + (label.nearest() == null ? "" : " (nearest: " + label.nearest() + ")");
        }
      }
      return null;
    } catch (SpanLogsException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
