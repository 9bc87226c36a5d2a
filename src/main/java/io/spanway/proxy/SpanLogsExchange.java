// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.Recognition;
import io.spanway.correlate.RequestWindow;
import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.SpanLogsException;
import io.spanway.correlate.SpanLogsOptions;
import io.spanway.http.ProxyError;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.plan.SpanLogsQuestion;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.streams.StreamsAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers a question for the logs of a span or of a trace: from the question to a correlated query
 * (by the trace, or by what the recognised query already says), and from its entries to the answer.
 */
final class SpanLogsExchange {
  /** How long a look into Tempo may hold up a query that only may be a span's. */
  private static final long TRACE_CHECK_MILLIS = 200;

  private final Correlator correlator;
  private final TraceLookup traces;
  private final LabelLookup labels;
  private final CorrelatedReads logs;
  private final Annotations annotations;

  SpanLogsExchange(
      Correlator correlator,
      TraceLookup traces,
      LabelLookup labels,
      CorrelatedReads logs,
      Annotations annotations) {
    this.correlator = correlator;
    this.traces = traces;
    this.labels = labels;
    this.logs = logs;
    this.annotations = annotations;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, SpanLogsQuestion question) {
    if (question.source() instanceof Source.Script script) {
      exchange.rewrite("script");
      fromTrace(exchange, question, script.ref(), script.options(), found -> found);
    } else if (question.source() instanceof Source.Query query) {
      Recognition recognition = query.recognition();
      exchange.rewrite(recognition.ruleName());
      if (recognition.isMarker()) {
        marker(exchange, question, recognition, query.window());
      } else {
        grafana(exchange, question, recognition, query.window());
      }
    }
  }

  // From the span.

  private void marker(
      Exchange exchange, SpanLogsQuestion question, Recognition recognition, RequestWindow window) {
    TraceId traceId = recognition.traceId();
    if (traceId == null) {
      reject(exchange, 400, "the marker names no trace: {__trace_id__=\"…\", __span_id__=\"…\"}");
      return;
    }
    fromTrace(
        exchange,
        question,
        new SpanRef(traceId, recognition.spanId()),
        SpanLogsOptions.DEFAULT,
        found -> found.forMarker(recognition, window));
  }

  /** Turns what the trace says into what is asked. */
  private interface Adjustment {
    SpanLogs adjust(SpanLogs found);
  }

  private void fromTrace(
      Exchange exchange,
      SpanLogsQuestion question,
      SpanRef ref,
      SpanLogsOptions options,
      Adjustment adjustment) {
    traces.find(
        exchange,
        ref.traceId(),
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            try {
              SpanLogs asked = adjustment.adjust(correlator.forSpan(trace, ref, options));
              ask(exchange, question, asked);
            } catch (SpanLogsException e) {
              reject(exchange, e.status(), String.valueOf(e.getMessage()));
            }
          }

          @Override
          public void absent() {
            reject(exchange, 404, "trace " + ref.traceId().hex() + " is not in tempo");
          }

          @Override
          public void failed(int status, ProxyError error, String message, String why) {
            exchange.failed(error, why);
            outcome(exchange, "failed");
            exchange.reject(status, error, message);
          }
        });
  }

  private static void reject(Exchange exchange, int status, String message) {
    outcome(exchange, "failed");
    ProxyError error =
        switch (status) {
          case 404 -> ProxyError.DESTINATION_NOT_FOUND;
          case 422 -> ProxyError.UNPROCESSABLE;
          default -> ProxyError.HTTP_REQUEST_ERROR;
        };
    exchange.reject(status, error, message);
  }

  private static void outcome(Exchange exchange, String outcome) {
    String rule = exchange.rewriteRule();
    if (rule != null) {
      exchange.listener().rewrite(rule, outcome);
    }
  }

  // From Grafana's query.

  private void grafana(
      Exchange exchange, SpanLogsQuestion question, Recognition recognition, RequestWindow window) {
    TraceId traceId = recognition.traceId();
    if (!recognition.needsTraceCheck() || traceId == null || !window.shiftable()) {
      rewrite(exchange, question, recognition, window);
      return;
    }
    checkTrace(
        exchange,
        traceId,
        exists ->
            rewrite(
                exchange,
                question,
                recognition,
                new RequestWindow(window.startNs(), window.endNs(), exists)));
  }

  /** Asks whether Tempo has the trace; no answer in time counts as no. */
  private void checkTrace(Exchange exchange, TraceId id, Consumer<Boolean> then) {
    var once = new Once<>(then);
    var timer =
        exchange
            .loop()
            .schedule(
                () -> exchange.guarded(() -> once.accept(false)),
                TRACE_CHECK_MILLIS,
                TimeUnit.MILLISECONDS);
    traces.find(
        exchange,
        id,
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            timer.cancel(false);
            once.accept(true);
          }

          @Override
          public void absent() {
            timer.cancel(false);
            once.accept(false);
          }

          @Override
          public void failed(int status, ProxyError error, String message, String why) {
            timer.cancel(false);
            once.accept(false);
          }
        });
  }

  private void rewrite(
      Exchange exchange, SpanLogsQuestion question, Recognition recognition, RequestWindow window) {
    labels.find(
        exchange,
        window.startNs(),
        window.endNs(),
        known -> rewrite(exchange, question, recognition, window, known));
  }

  private void rewrite(
      Exchange exchange,
      SpanLogsQuestion question,
      Recognition recognition,
      RequestWindow window,
      @Nullable Set<String> known) {
    SpanLogs asked = correlator.rewrite(recognition, known, window);
    ask(exchange, question, asked);
  }

  // To Loki, and back.

  private void ask(Exchange exchange, SpanLogsQuestion question, SpanLogs asked) {
    boolean query = question.source() instanceof Source.Query;
    logs.read(
        exchange,
        new CorrelatedReads.Question(asked, question.limit(), question.forward(), query),
        new CorrelatedReads.Callback() {
          @Override
          public void found(StreamsAnswer answer, boolean limitReached, List<String> notes) {
            List<String> all = new ArrayList<>(asked.warnings());
            all.addAll(notes);
            if (limitReached && !query) {
              all.add(
                  "the limit of " + question.limit() + " entries is reached: there may be more");
            }
            outcome(exchange, answer.entries().isEmpty() ? "empty" : "found");
            StreamsAnswer told = answer.withWarnings(all);
            respond(
                exchange, question, asked, question.annotate() ? annotations.annotate(told) : told);
          }

          @Override
          public void refused(int status, String text) {
            outcome(exchange, "failed");
            String first = asked.queries().get(0).texts().get(0);
            exchange.reject(
                status, ProxyError.HTTP_REQUEST_ERROR, text + " (query sent: " + first + ")");
          }

          @Override
          public void failed(ProxyError error, String message, String why) {
            outcome(exchange, "failed");
            exchange.reject(error, message, why);
          }
        });
  }

  private static void respond(
      Exchange exchange, SpanLogsQuestion question, SpanLogs asked, StreamsAnswer answer) {
    String type =
        switch (question.format()) {
          case CATEGORISED, FOLDED -> Answers.JSON;
          case TEXT -> Answers.TEXT;
          case NDJSON -> Answers.NDJSON;
        };
    HttpHeaders headers = Answers.headers(type);
    headers.set(
        Answers.X_SPANWAY_QUERY, Texts.headerValue(asked.queries().get(0).texts().get(0), 1024));
    headers.set(Answers.X_SPANWAY_WINDOW, asked.window().startNs() + "/" + asked.window().endNs());
    byte[] body =
        switch (question.format()) {
          case CATEGORISED -> answer.writeCategorised();
          case FOLDED -> answer.writeFolded();
          case TEXT -> answer.writeLines();
          case NDJSON -> answer.writeNdjson();
        };
    if (question.format() == SpanLogsQuestion.Format.TEXT
        || question.format() == SpanLogsQuestion.Format.NDJSON) {
      // These bodies have no place for what a person should know.
      for (String warning : answer.warnings()) {
        headers.add(Answers.X_SPANWAY_WARNING, Texts.headerValue(warning, 512));
      }
    }
    exchange.respond(200, headers, body);
  }

  /** Passes on the first of what it is told. */
  private static final class Once<T> implements Consumer<T> {
    private @Nullable Consumer<T> then;

    Once(Consumer<T> then) {
      this.then = then;
    }

    @Override
    public void accept(T value) {
      Consumer<T> first = then;
      then = null;
      if (first != null) {
        first.accept(value);
      }
    }
  }
}
