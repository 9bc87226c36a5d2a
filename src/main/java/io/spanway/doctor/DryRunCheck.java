// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.correlate.CorrelatedQuery;
import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.SpanLogsException;
import io.spanway.correlate.SpanLogsOptions;
import io.spanway.explain.EmptyInquiry;
import io.spanway.http.QueryParameters;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import io.spanway.route.BackendKind;
import java.util.List;

/** Goes the whole way once: from the newest trace to its lines. */
final class DryRunCheck implements Check {
  private static final int LIMIT = 100;

  @Override
  public List<CheckResult> run(Examination examination) throws InterruptedException {
    String check = "from the newest trace to its lines";
    if (!examination.isUp(BackendKind.LOKI)) {
      return List.of(CheckResult.skipped(check, "loki does not answer"));
    }
    if (examination.traces().isEmpty()) {
      return List.of(CheckResult.skipped(check, "there are no recent traces to try"));
    }
    Trace trace = examination.traces().get(0);
    try {
      SpanLogs asked =
          examination
              .correlator()
              .forSpan(
                  trace,
                  SpanRef.wholeTrace(trace.id()),
                  SpanLogsOptions.DEFAULT,
                  examination.labels());
      return List.of(judge(examination, check, trace, asked));
    } catch (SpanLogsException e) {
      return List.of(
          CheckResult.fault(
              check, "trace " + trace.id() + " has no query", String.valueOf(e.getMessage())));
    }
  }

  private static CheckResult judge(
      Examination examination, String check, Trace trace, SpanLogs asked)
      throws InterruptedException {
    QueryParameters window =
        QueryParameters.of(
            "start",
            Long.toString(asked.window().startNs()),
            "end",
            Long.toString(asked.window().endNs()));
    int lines = 0;
    for (CorrelatedQuery query : asked.queries()) {
      for (String text : query.texts()) {
        lines += examination.query(text, window, LIMIT).size();
      }
    }
    if (lines > 0) {
      return CheckResult.ok(
          check, "trace " + trace.id() + " has " + lines + (lines == 1 ? " line" : " lines"));
    }
    EmptyInquiry inquiry = new EmptyInquiry(asked, examination.tenant(BackendKind.LOKI));
    for (EmptyInquiry.Ask ask = inquiry.next(); ask != null; ask = inquiry.next()) {
      UpstreamAsker.Reply reply = examination.ask(BackendKind.LOKI, ask.path(), ask.parameters());
      inquiry.answered(reply.status(), reply.body());
    }
    String reason = inquiry.reason();
    return CheckResult.fault(
        check,
        "trace " + trace.id() + " has no lines",
        reason == null ? "ask spanway explain " + trace.id() : reason);
  }
}
