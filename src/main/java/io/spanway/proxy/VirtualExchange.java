// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.annotate.VirtualQuery;
import io.spanway.http.BadTargetException;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.plan.RequestPlan;
import io.spanway.route.Operation;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers queries that filter by derived fields, which Loki does not have. */
final class VirtualExchange {
  private static final int MAX_BYTES = 4 << 20;

  private final CachedReads reads;
  private final LabelLookup labels;
  private final CachedExchange cached;
  private final OutboundHeaders outbound;
  private final InstantSource clock;

  VirtualExchange(
      CachedReads reads,
      LabelLookup labels,
      CachedExchange cached,
      OutboundHeaders outbound,
      InstantSource clock) {
    this.reads = reads;
    this.labels = labels;
    this.cached = cached;
    this.outbound = outbound;
    this.clock = clock;
  }

  /**
   * What became of a query.
   *
   * @param text what is sent to Loki; the query as it came where all its fields are real
   * @param warning what a person should know, null for nothing
   */
  record Resolved(String text, @Nullable String warning) {}

  /** Runs the exchange. */
  void run(
      Exchange exchange, RequestPlan.VirtualRead plan, QueryParameters parameters, byte[] form) {
    resolve(
        exchange,
        plan.query(),
        parameters,
        resolved -> {
          if (resolved.text().equals(plan.query().text())) {
            cached.run(exchange, parameters, form, plan.annotate());
            return;
          }
          exchange.rewrite("virtual-field");
          exchange.note(Answers.X_SPANWAY_QUERY, Texts.headerValue(resolved.text(), 1024));
          if (resolved.warning() != null) {
            exchange.note(Answers.X_SPANWAY_WARNING, Texts.headerValue(resolved.warning(), 512));
          }
          cached.run(
              exchange,
              OwnReads.instead(
                  exchange,
                  parameters.with("query", resolved.text()),
                  outbound.forwarded(exchange)),
              plan.annotate(),
              status -> exchange.rewritten(status == 200 ? "relayed" : "failed"));
        });
  }

  /** Finds out which fields are real and writes the query; at most two questions to Loki. */
  void resolve(
      Exchange exchange, VirtualQuery query, QueryParameters parameters, Consumer<Resolved> then) {
    LokiTimes.Bounds window;
    try {
      window = window(parameters);
    } catch (BadTargetException e) {
      // Loki says what is wrong with it.
      then.accept(new Resolved(query.text(), null));
      return;
    }
    labels.find(
        exchange,
        window.startNs(),
        window.endNs(),
        streamLabels -> {
          Read read =
              OwnReads.of(
                  Operation.LOKI_DETECTED_FIELDS,
                  "/loki/api/v1/detected_fields",
                  TimedRead.hoursAround(
                      window.startNs(),
                      window.endNs(),
                      QueryParameters.of("query", query.selector())),
                  outbound.own(exchange, "application/json"),
                  MAX_BYTES);
          TimedRead.<Map<String, Boolean>>start(
              exchange,
              reads,
              read,
              VirtualQuery::readKnown,
              fields -> {
                if (fields != null && streamLabels != null) {
                  streamLabels.forEach(label -> fields.put(label, false));
                }
                then.accept(new Resolved(query.rewrite(fields), warning(query, fields)));
              });
        });
  }

  private LokiTimes.Bounds window(QueryParameters parameters) throws BadTargetException {
    long now = LokiTimes.nowNs(clock);
    String time = parameters.first("time");
    if (time == null || time.isEmpty()) {
      return LokiTimes.resolve(parameters, now);
    }
    long at = LokiTimes.parseNs("time", time);
    return new LokiTimes.Bounds(at, at);
  }

  private static @Nullable String warning(
      VirtualQuery query, @Nullable Map<String, Boolean> fields) {
    if (fields != null) {
      return null;
    }
    return "loki did not say in time which fields it has: "
        + String.join(", ", new TreeSet<>(query.fields()))
        + " may be one, so that every line was parsed";
  }
}
