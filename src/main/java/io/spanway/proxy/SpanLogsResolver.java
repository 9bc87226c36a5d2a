// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

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
import io.spanway.plan.SpanLogsQuestion.Source;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leads from a question for the logs of a span to the correlated query: by the trace, or by what
 * the recognised query already says. Where that cannot be, the exchange gets an error.
 */
final class SpanLogsResolver {
  /** How long a look into Tempo may hold up a query that only may be a span's. */
  private static final Duration TRACE_CHECK = Duration.ofMillis(200);

  /** How long a trace may take whose span the query is made from. */
  private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);

  private final Correlator correlator;
  private final TraceLookup traces;
  private final LabelLookup labels;

  SpanLogsResolver(Correlator correlator, TraceLookup traces, LabelLookup labels) {
    this.correlator = correlator;
    this.traces = traces;
    this.labels = labels;
  }

  /** Gets the query. */
  interface Callback {
    /**
     * There is one.
     *
     * @param doubt why it is not known whether the query was about a trace, null when it is known
     */
    void resolved(SpanLogs asked, @Nullable String doubt);

    /** There is none; unless somebody wants it otherwise the exchange gets an error. */
    default void rejected(Exchange exchange, int status, ProxyError error, String message) {
      exchange.rewritten("failed");
      exchange.reject(status, error, message);
    }
  }

  /** Resolves; one method is called back. */
  void resolve(Exchange exchange, Source source, Callback callback) {
    if (source instanceof Source.Script script) {
      exchange.rewrite("script");
      fromTrace(exchange, script.ref(), script.options(), found -> found, callback);
    } else if (source instanceof Source.Query query) {
      Recognition recognition = query.recognition();
      exchange.rewrite(recognition.ruleName());
      if (recognition.isMarker()) {
        marker(exchange, recognition, query.window(), callback);
      } else {
        grafana(exchange, recognition, query.window(), callback);
      }
    }
  }

  /** Ends an exchange whose question has no query. */
  static void reject(Exchange exchange, int status, String message) {
    exchange.rewritten("failed");
    exchange.reject(status, error(status), message);
  }

  private static void reject(Exchange exchange, Callback callback, int status, String message) {
    callback.rejected(exchange, status, error(status), message);
  }

  private static ProxyError error(int status) {
    return switch (status) {
      case 404 -> ProxyError.DESTINATION_NOT_FOUND;
      case 422 -> ProxyError.UNPROCESSABLE;
      default -> ProxyError.HTTP_REQUEST_ERROR;
    };
  }

  /** Ends an exchange whose query Loki refused: with Loki's words and the query that was sent. */
  static void refused(Exchange exchange, SpanLogs asked, int status, String text) {
    exchange.rewritten("failed");
    exchange.reject(
        status,
        ProxyError.HTTP_REQUEST_ERROR,
        text + " (query sent: " + asked.queries().get(0).texts().get(0) + ")");
  }

  // From the span.

  private void marker(
      Exchange exchange, Recognition recognition, RequestWindow window, Callback callback) {
    TraceId traceId = recognition.traceId();
    if (traceId == null) {
      reject(
          exchange,
          callback,
          400,
          "the marker names no trace: {__trace_id__=\"…\", __span_id__=\"…\"}");
      return;
    }
    fromTrace(
        exchange,
        new SpanRef(traceId, recognition.spanId()),
        SpanLogsOptions.DEFAULT,
        found -> found.forMarker(recognition, window),
        callback);
  }

  /** Turns what the trace says into what is asked. */
  private interface Adjustment {
    SpanLogs adjust(SpanLogs found) throws SpanLogsException;
  }

  private void fromTrace(
      Exchange exchange,
      SpanRef ref,
      SpanLogsOptions options,
      Adjustment adjustment,
      Callback callback) {
    var answer =
        new TraceLookup.Callback() {
          @Override
          public void found(Trace trace) {
            build(
                exchange,
                known -> correlator.forSpan(trace, ref, options, known),
                adjustment,
                callback);
          }

          @Override
          public void absent() {
            reject(exchange, callback, 404, "trace " + ref.traceId().hex() + " is not in tempo");
          }

          @Override
          public void failed(int status, ProxyError error, String message, String why) {
            exchange.failed(error, why);
            callback.rejected(exchange, status, error, message);
          }
        };
    if (ref.spanId() == null) {
      traces.findWhole(exchange, ref.traceId(), TRACE_LIMIT, answer);
    } else {
      traces.find(exchange, ref.traceId(), TRACE_LIMIT, answer);
    }
  }

  /** Builds a query, given the labels that Loki has. */
  private interface Build {
    SpanLogs with(@Nullable Set<String> known) throws SpanLogsException;
  }

  private void build(Exchange exchange, Build build, Adjustment adjustment, Callback callback) {
    try {
      SpanLogs found = build.with(null);
      if (!found.dependsOnLabels()) {
        callback.resolved(adjustment.adjust(found), null);
        return;
      }
      labels.find(
          exchange,
          found.window().startNs(),
          found.window().endNs(),
          known -> {
            try {
              SpanLogs better = known == null ? found : build.with(known);
              callback.resolved(adjustment.adjust(better), null);
            } catch (SpanLogsException e) {
              reject(exchange, callback, e.status(), String.valueOf(e.getMessage()));
            }
          });
    } catch (SpanLogsException e) {
      reject(exchange, callback, e.status(), String.valueOf(e.getMessage()));
    }
  }

  // From Grafana's query.

  private void grafana(
      Exchange exchange, Recognition recognition, RequestWindow window, Callback callback) {
    TraceId traceId = recognition.traceId();
    if (!recognition.needsTraceCheck() || traceId == null || !window.shiftable()) {
      rewrite(exchange, recognition, window, null, callback);
      return;
    }
    checkTrace(
        exchange,
        traceId,
        doubt ->
            rewrite(exchange, recognition, window.withShiftable(doubt == null), doubt, callback));
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
      Recognition recognition,
      RequestWindow window,
      @Nullable String doubt,
      Callback callback) {
    if (!correlator.dependsOnLabels(recognition)) {
      callback.resolved(correlator.rewrite(recognition, null, window), doubt);
      return;
    }
    labels.find(
        exchange,
        window.startNs(),
        window.endNs(),
        known -> callback.resolved(correlator.rewrite(recognition, known, window), doubt));
  }
}
