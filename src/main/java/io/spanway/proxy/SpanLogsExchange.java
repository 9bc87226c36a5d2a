// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers a question for the logs of a span or of a trace: from the question to a correlated query
 * (by the trace, or by what the recognised query already says), and from its entries to the answer.
 */
final class SpanLogsExchange {
  /** How long a look into Tempo may hold up a query that only may be a span's. */
  private static final Duration TRACE_CHECK = Duration.ofMillis(200);

  /** How long a trace may take whose span the query is made from. */
  private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);

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
        TRACE_LIMIT,
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            try {
              SpanLogs asked = adjustment.adjust(correlator.forSpan(trace, ref, options));
              ask(exchange, question, asked, null);
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
            exchange.rewritten("failed");
            exchange.reject(status, error, message);
          }
        });
  }

  private static void reject(Exchange exchange, int status, String message) {
    exchange.rewritten("failed");
    ProxyError error =
        switch (status) {
          case 404 -> ProxyError.DESTINATION_NOT_FOUND;
          case 422 -> ProxyError.UNPROCESSABLE;
          default -> ProxyError.HTTP_REQUEST_ERROR;
        };
    exchange.reject(status, error, message);
  }

  // From Grafana's query.

  private void grafana(
      Exchange exchange, SpanLogsQuestion question, Recognition recognition, RequestWindow window) {
    TraceId traceId = recognition.traceId();
    if (!recognition.needsTraceCheck() || traceId == null || !window.shiftable()) {
      rewrite(exchange, question, recognition, window, null);
      return;
    }
    checkTrace(
        exchange,
        traceId,
        doubt ->
            rewrite(
                exchange,
                question,
                recognition,
                new RequestWindow(window.startNs(), window.endNs(), doubt == null),
                doubt));
  }

  /** Asks whether Tempo has the trace; gives null if so, and otherwise why nobody knows. */
  private void checkTrace(Exchange exchange, TraceId id, Consumer<@Nullable String> then) {
    traces.find(
        exchange,
        id,
        TRACE_CHECK,
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            then.accept(null);
          }

          @Override
          public void absent() {
            then.accept("the window is not shifted: tempo does not have trace " + id.hex());
          }

          @Override
          public void failed(int status, ProxyError error, String message, String why) {
            then.accept("the window is not shifted: " + message);
          }
        });
  }

  private void rewrite(
      Exchange exchange,
      SpanLogsQuestion question,
      Recognition recognition,
      RequestWindow window,
      @Nullable String doubt) {
    if (!correlator.dependsOnLabels(recognition)) {
      ask(exchange, question, correlator.rewrite(recognition, null, window), doubt);
      return;
    }
    labels.find(
        exchange,
        window.startNs(),
        window.endNs(),
        known -> ask(exchange, question, correlator.rewrite(recognition, known, window), doubt));
  }

  // To Loki, and back.

  private void ask(
      Exchange exchange, SpanLogsQuestion question, SpanLogs asked, @Nullable String doubt) {
    Asked source = Asked.of(question.source());
    logs.read(
        exchange,
        new CorrelatedReads.Question(
            asked, question.limit(), question.forward(), source.query(), source.whole()),
        new CorrelatedReads.Callback() {
          @Override
          public void found(CorrelatedReads.Found found) {
            List<String> all = new ArrayList<>();
            add(all, question.note());
            add(all, doubt);
            all.addAll(asked.warnings());
            all.addAll(found.notes());
            if (found.limitReached() && !source.grafana()) {
              all.add(
                  "the limit of " + question.limit() + " entries is reached: there may be more");
            }
            StreamsAnswer told = found.answer().withWarnings(all);
            StreamsAnswer annotated = question.annotate() ? annotations.annotate(told) : told;
            HttpHeaders headers = headers(question, asked, annotated, found);
            byte[] body = write(question, annotated);
            exchange.inLoop(
                () -> {
                  exchange.rewritten(annotated.entries().isEmpty() ? "empty" : "found");
                  exchange.respond(200, headers, body);
                });
          }

          @Override
          public void refused(int status, String text) {
            exchange.rewritten("failed");
            String first = asked.queries().get(0).texts().get(0);
            exchange.reject(
                status, ProxyError.HTTP_REQUEST_ERROR, text + " (query sent: " + first + ")");
          }

          @Override
          public void failed(ProxyError error, String message, String why) {
            exchange.rewritten("failed");
            exchange.reject(error, message, why);
          }
        });
  }

  private static void add(List<String> to, @Nullable String text) {
    if (text != null) {
      to.add(text);
    }
  }

  /**
   * What the way of asking means for the answer.
   *
   * @param query whether it came as LogQL, so that the next questions are likely to be alike
   * @param grafana whether Grafana built it: its pages show by themselves that there is more
   * @param whole whether the window is the whole of it, not a page or a part that somebody chose
   */
  private record Asked(boolean query, boolean grafana, boolean whole) {
    static Asked of(Source source) {
      if (source instanceof Source.Query query) {
        return new Asked(true, !query.recognition().isMarker(), query.window().shiftable());
      }
      return new Asked(
          false,
          false,
          source instanceof Source.Script script && script.options().window() == null);
    }
  }

  private static HttpHeaders headers(
      SpanLogsQuestion question,
      SpanLogs asked,
      StreamsAnswer answer,
      CorrelatedReads.Found found) {
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
    headers.set(Answers.X_SPANWAY_FILTERS, filters(asked));
    if (found.fromCache()) {
      headers.set(HttpHeaderNames.AGE, found.ageSeconds());
    }
    if (question.format() == SpanLogsQuestion.Format.TEXT
        || question.format() == SpanLogsQuestion.Format.NDJSON) {
      // These bodies have no place for what a person should know.
      for (String warning : answer.warnings()) {
        headers.add(Answers.X_SPANWAY_WARNING, Texts.headerValue(warning, 512));
      }
    }
    return headers;
  }

  private static String filters(SpanLogs asked) {
    if (asked.filteredByTrace()) {
      return asked.filteredBySpan() ? "trace, span" : "trace";
    }
    return asked.filteredBySpan() ? "span" : "none";
  }

  private static byte[] write(SpanLogsQuestion question, StreamsAnswer answer) {
    return switch (question.format()) {
      case CATEGORISED -> answer.writeCategorised();
      case FOLDED -> answer.writeFolded();
      case TEXT -> answer.writeLines();
      case NDJSON -> answer.writeNdjson();
    };
  }
}
