// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.ProxyError;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import io.spanway.plan.SpanLogsQuestion;
import io.spanway.plan.SpanLogsQuestion.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Answers with a whole trace's story: its spans in order, each with its lines, and the lines that
 * belong to no span. One correlated search for all of them.
 */
final class TraceLogsExchange {
  private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);

  /** Writing this many spans and entries takes about two milliseconds. */
  private static final int INLINE_PARTS = 1000;

  private final Correlator correlator;
  private final SpanLogsResolver resolver;
  private final TraceLookup traces;
  private final CorrelatedReads logs;
  private final EmptyReasons reasons;
  private final Executor worker;

  TraceLogsExchange(
      Correlator correlator,
      SpanLogsResolver resolver,
      TraceLookup traces,
      CorrelatedReads logs,
      EmptyReasons reasons,
      Executor worker) {
    this.correlator = correlator;
    this.resolver = resolver;
    this.traces = traces;
    this.logs = logs;
    this.reasons = reasons;
    this.worker = worker;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, SpanLogsQuestion question) {
    SpanRef ref = ((Source.Script) question.source()).ref();
    exchange.rewrite("script");
    traces.find(
        exchange,
        ref.traceId(),
        TRACE_LIMIT,
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            // The resolver gets the same trace from the cache.
            resolver.resolve(
                exchange,
                question.source(),
                (asked, doubt) -> search(exchange, question, trace, asked));
          }

          @Override
          public void absent() {
            SpanLogsResolver.reject(
                exchange, 404, "trace " + ref.traceId().hex() + " is not in tempo");
          }

          @Override
          public void failed(int status, ProxyError error, String message, String why) {
            exchange.failed(error, why);
            exchange.rewritten("failed");
            exchange.reject(status, error, message);
          }
        });
  }

  private void search(Exchange exchange, SpanLogsQuestion question, Trace trace, SpanLogs asked) {
    logs.read(
        exchange,
        new CorrelatedReads.Question(asked, question.limit(), question.forward(), false, true),
        new CorrelatedReads.Callback() {
          @Override
          public void found(CorrelatedReads.Found found) {
            exchange.inLoop(
                () -> {
                  if (found.answer().entries().isEmpty()) {
                    reasons.find(exchange, asked, reason -> tell(found, reason));
                  } else {
                    tell(found, null);
                  }
                });
          }

          private void tell(CorrelatedReads.Found found, @Nullable String reason) {
            List<String> warnings = new ArrayList<>();
            if (reason != null) {
              warnings.add(reason);
            }
            if (question.note() != null) {
              warnings.add(question.note());
            }
            warnings.addAll(found.answer().warnings());
            warnings.addAll(found.notes());
            if (found.limitReached()) {
              warnings.add(
                  "the limit of " + question.limit() + " entries is reached: there may be more");
            }
            TraceStory story =
                new TraceStory(trace, correlator.spanIndex(trace), asked, found, warnings);
            if (trace.spans().size() + found.answer().entries().size() <= INLINE_PARTS) {
              respond(exchange, found, story.json());
            } else {
              exchange.offLoop(
                  worker,
                  () -> {
                    byte[] json = story.json();
                    exchange.inLoop(() -> respond(exchange, found, json));
                  });
            }
          }

          @Override
          public void refused(int status, String text) {
            SpanLogsResolver.refused(exchange, asked, status, text);
          }

          @Override
          public void failed(ProxyError error, String message, String why) {
            exchange.rewritten("failed");
            exchange.reject(error, message, why);
          }
        });
  }

  private static void respond(Exchange exchange, CorrelatedReads.Found found, byte[] json) {
    exchange.rewritten(found.answer().entries().isEmpty() ? "empty" : "found");
    HttpHeaders headers = Answers.headers(Answers.JSON);
    headers.set(Answers.X_SPANWAY_QUERY, Texts.headerValue(found.query(), 1024));
    headers.set(Answers.X_SPANWAY_WINDOW, found.window().startNs() + "/" + found.window().endNs());
    exchange.respond(200, headers, json);
  }
}
