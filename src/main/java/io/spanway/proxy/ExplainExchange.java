// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.annotate.VirtualQuery;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.Recognition;
import io.spanway.correlate.SpanLogs;
import io.spanway.explain.Explanation;
import io.spanway.explain.LabelCheck;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.plan.RequestPlan;
import io.spanway.plan.SpanLogsQuestion.Source;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what would be done about a question: the same plan, resolved by the same code, and then told
 * in place of being sent.
 */
final class ExplainExchange {
  private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);

  private final Correlator correlator;
  private final SpanLogsResolver resolver;
  private final TraceLookup traces;
  private final LabelLookup labels;
  private final VirtualExchange virtual;

  ExplainExchange(
      Correlator correlator,
      SpanLogsResolver resolver,
      TraceLookup traces,
      LabelLookup labels,
      VirtualExchange virtual) {
    this.correlator = correlator;
    this.resolver = resolver;
    this.traces = traces;
    this.labels = labels;
    this.virtual = virtual;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, RequestPlan.Explain explain, QueryParameters parameters) {
    Explanation told = new Explanation(explain.original());
    RequestPlan plan = explain.plan();
    if (plan instanceof RequestPlan.SpanLogsRead read) {
      if (read.question().note() != null) {
        told.warn(read.question().note());
      }
      new Telling(exchange, told, read.question().source(), false).start();
    } else if (plan instanceof RequestPlan.RewrittenRead read) {
      new Telling(exchange, told, read.source(), true).start();
    } else if (plan instanceof RequestPlan.VirtualRead read) {
      tell(exchange, told, read.query(), parameters);
    } else {
      told.untouched();
      exchange.respond(200, Answers.headers(Answers.JSON), told.json());
    }
  }

  private void tell(
      Exchange exchange, Explanation told, VirtualQuery query, QueryParameters parameters) {
    told.recognised("virtual-field");
    told.step(
        "recognition",
        "a filter by " + String.join(", ", query.fields()) + ", which derivedFields find in lines");
    virtual.resolve(
        exchange,
        query,
        parameters,
        resolved -> {
          told.query(resolved.text());
          if (resolved.warning() != null) {
            told.warn(resolved.warning());
          }
          exchange.rewritten("explained");
          exchange.respond(200, Answers.headers(Answers.JSON), told.json());
        });
  }

  private static String name(SpanRef ref) {
    SpanId spanId = ref.spanId();
    return (spanId == null ? "" : "span " + spanId + " of ") + "trace " + ref.traceId();
  }

  /** One question on its way. Confined to the exchange's event loop. */
  private final class Telling implements TraceLookup.Callback, SpanLogsResolver.Callback {
    private final Exchange exchange;
    private final Explanation told;
    private final Source source;
    private final boolean inOneQuery;
    private @Nullable SpanRef ref;
    private @Nullable Trace trace;

    Telling(Exchange exchange, Explanation told, Source source, boolean inOneQuery) {
      this.exchange = exchange;
      this.told = told;
      this.source = source;
      this.inOneQuery = inOneQuery;
    }

    /** Looks at the trace first, for its tags; the resolver gets it from the cache then. */
    void start() {
      SpanRef about = recognise();
      ref = about;
      if (about == null) {
        resolve();
      } else {
        traces.find(exchange, about.traceId(), TRACE_LIMIT, this);
      }
    }

    /** Tells what the question is; returns whose logs it is about, null when that is not said. */
    private @Nullable SpanRef recognise() {
      if (source instanceof Source.Script script) {
        told.recognised("script");
        told.step("recognition", "asked by IDs: " + name(script.ref()));
        return script.ref();
      }
      Recognition recognition = ((Source.Query) source).recognition();
      told.recognised(recognition.ruleName());
      TraceId traceId = recognition.traceId();
      SpanId spanId = recognition.spanId();
      SpanRef about = traceId == null ? null : new SpanRef(traceId, spanId);
      told.step(
          "recognition",
          (recognition.isMarker() ? "a marker for " : "what Grafana builds for ")
              + (about == null ? "span " + spanId : name(about)));
      return about;
    }

    @Override
    public void found(Trace there) {
      trace = there;
      SpanRef about = ref;
      SpanId spanId = about == null ? null : about.spanId();
      List<Span> spans = there.spans();
      String which = "";
      if (spanId != null) {
        Span span = there.span(spanId);
        spans = span == null ? List.of() : List.of(span);
        which = ", span " + spanId + (span == null ? " is not" : " is") + " among them";
      }
      told.step(
          "trace",
          (there.partial() ? "tempo has a part of trace " : "tempo has trace ")
              + there.id()
              + ": "
              + there.spans().size()
              + " spans"
              + which);
      told.tags(spans.size(), correlator.tagUses(spans));
      resolve();
    }

    @Override
    public void absent() {
      told.step("trace", "tempo does not have it");
      resolve();
    }

    @Override
    public void failed(int status, ProxyError error, String message, String why) {
      told.step("trace", message);
      resolve();
    }

    private void resolve() {
      resolver.resolve(exchange, source, this);
    }

    @Override
    public void resolved(SpanLogs asked, @Nullable String doubt) {
      if (doubt != null) {
        told.warn(doubt);
      }
      SpanLogs sent = inOneQuery ? asked.inOneQuery() : asked.likeOtherAttempts();
      told.queries(sent);
      checkLabels(sent, sent.window());
    }

    @Override
    public void rejected(Exchange failed, int status, ProxyError error, String message) {
      Trace there = trace;
      if (status != 422 || there == null) {
        SpanLogsResolver.Callback.super.rejected(failed, status, error, message);
        return;
      }
      // Which labels there are is what helps here.
      told.refused(message);
      long start = there.startNs();
      checkLabels(null, new TimeRange(start, Math.max(start, there.endNs())));
    }

    private void checkLabels(@Nullable SpanLogs asked, TimeRange window) {
      labels.find(
          exchange,
          window.startNs(),
          window.endNs(),
          known -> {
            if (known == null) {
              told.warn("loki did not say in time which labels it has");
            }
            told.labels(LabelCheck.of(asked, told.tags(), known));
            exchange.rewritten("explained");
            exchange.respond(200, Answers.headers(Answers.JSON), told.json());
          });
    }
  }
}
