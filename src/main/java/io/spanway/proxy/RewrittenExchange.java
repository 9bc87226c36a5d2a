// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.correlate.Recognition;
import io.spanway.correlate.SpanFilter;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.plan.RequestPlan;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.route.Operation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a query about a span to one query, as samples and every n-th line need it, and passes
 * the answer on.
 */
final class RewrittenExchange {
  /** Entries that are looked at to know whether these logs know spans: a page of Grafana's. */
  private static final int LOOKED_AT = 1000;

  private final SpanLogsResolver resolver;
  private final CorrelatedReads logs;
  private final CachedExchange cached;
  private final OutboundHeaders outbound;

  RewrittenExchange(
      SpanLogsResolver resolver,
      CorrelatedReads logs,
      CachedExchange cached,
      OutboundHeaders outbound) {
    this.resolver = resolver;
    this.logs = logs;
    this.cached = cached;
    this.outbound = outbound;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, RequestPlan.RewrittenRead plan, QueryParameters parameters) {
    resolver.resolve(
        exchange,
        plan.source(),
        (asked, doubt) -> {
          Set<String> warnings = new LinkedHashSet<>(asked.warnings());
          if (doubt != null) {
            warnings.add(doubt);
          }
          soften(
              exchange,
              plan.source(),
              asked,
              soft -> {
                if (soft != null) {
                  warnings.addAll(soft);
                }
                SpanLogs whole = soft == null ? asked : asked.withoutSpanFilter();
                send(exchange, plan, parameters, whole.inOneQuery(), warnings);
              });
        });
  }

  /**
   * Finds out whether the lines beside which the samples are shown are the whole trace's, since
   * none carries a span; gives the notes that they come with, null when they are the span's.
   */
  private void soften(
      Exchange exchange,
      Source.Query source,
      SpanLogs asked,
      Consumer<@Nullable List<String>> then) {
    Recognition recognition = source.recognition();
    Recognition lines =
        recognition.form() == Recognition.Form.METRIC ? recognition.counted() : recognition;
    SpanFilter filter = asked.spanFilter();
    if (filter == null || !filter.soft() || !source.window().shiftable() || lines == null) {
      then.accept(null);
      return;
    }
    resolver.resolve(
        exchange,
        new Source.Query(lines, source.window().withoutStep()),
        (beside, doubt) ->
            logs.read(
                exchange,
                new CorrelatedReads.Question(
                    beside.likeOtherAttempts(), LOOKED_AT, false, true, true),
                new CorrelatedReads.Callback() {
                  @Override
                  public void found(CorrelatedReads.Found found) {
                    exchange.inLoop(() -> then.accept(found.soft() ? found.notes() : null));
                  }

                  @Override
                  public void refused(int status, String text) {
                    then.accept(null);
                  }

                  @Override
                  public void failed(ProxyError error, String message, String why) {
                    then.accept(null);
                  }
                }));
  }

  private void send(
      Exchange exchange,
      RequestPlan.RewrittenRead plan,
      QueryParameters parameters,
      SpanLogs asked,
      Set<String> warnings) {
    if (asked.queries().size() != 1) {
      SpanLogsResolver.reject(
          exchange,
          422,
          "the services of the trace share no tag, and the lines of several queries cannot be"
              + " thinned out by an interval: ask for one span");
      return;
    }
    String text = asked.queries().get(0).texts().get(0);
    QueryParameters sent = parameters.with("query", text);
    if (exchange.operation() == Operation.LOKI_QUERY_RANGE) {
      long stepNs = plan.source().window().stepNs();
      sent =
          sent.without("since")
              .with("start", Long.toString(asked.window().startNs()))
              .with("end", Long.toString(asked.window().endNs()));
      // Without one Loki would derive it from the window, which is another one now.
      sent = stepNs == 0 ? sent.without("step") : withStep(sent, stepNs);
    }
    exchange.note(Answers.X_SPANWAY_QUERY, Texts.headerValue(text, 1024));
    exchange.note(
        Answers.X_SPANWAY_WINDOW, asked.window().startNs() + "/" + asked.window().endNs());
    exchange.note(Answers.X_SPANWAY_FILTERS, SpanLogsExchange.filters(asked));
    for (String warning : warnings) {
      exchange.note(Answers.X_SPANWAY_WARNING, Texts.headerValue(warning, 512));
    }
    Read read = OwnReads.instead(exchange, sent, outbound.forwarded(exchange));
    cached.run(
        exchange,
        read,
        plan.annotate(),
        status -> exchange.rewritten(status == 200 ? "relayed" : "failed"));
  }

  private static QueryParameters withStep(QueryParameters sent, long stepNs) {
    String step = sent.first("step");
    return step != null && !step.isEmpty()
        ? sent
        : sent.with("step", Long.toString(stepNs / 1_000_000_000L));
  }
}
