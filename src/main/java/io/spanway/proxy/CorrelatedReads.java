// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.correlate.CorrelatedQuery;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import io.spanway.model.TenantId;
import io.spanway.model.TimeRange;
import io.spanway.route.Operation;
import io.spanway.streams.Direction;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Asks Loki the halves of a correlated query, a few at once and through the cache, and merges what
 * comes. One half that fails fails the whole: a part is never passed off as everything.
 */
final class CorrelatedReads {
  /** Entries fetched where a smaller limit would keep pages, probes and clicks from sharing. */
  private static final int SHARED_LIMIT = 1000;

  /** Queries under way at once for one question: what they bring is in memory together. */
  static final int AT_ONCE = 4;

  /** Reading and merging this many bytes takes about two milliseconds. */
  static final long INLINE_BYTES = 128 * 1024;

  private final CachedReads reads;
  private final OutboundHeaders outbound;
  private final Executor worker;
  private final long maxBytes;
  private final LearnedLocations locations;
  private final QueryLengths lengths = new QueryLengths();

  CorrelatedReads(
      CachedReads reads,
      OutboundHeaders outbound,
      Executor worker,
      long maxBytes,
      LongSupplier nanos) {
    this.reads = reads;
    this.outbound = outbound;
    this.worker = worker;
    this.maxBytes = maxBytes;
    this.locations = new LearnedLocations(nanos);
  }

  /**
   * What is asked.
   *
   * @param logs the queries, their window and the filter afterwards
   * @param limit how many entries at most
   * @param forward whether the oldest come first
   * @param shared whether more than asked is fetched, so that the next question is answered too
   * @param whole whether the window is the whole of it: of a part nobody can say that no line
   *     carries a span, so that the span filter is strict
   */
  record Question(SpanLogs logs, int limit, boolean forward, boolean shared, boolean whole) {
    int fetchLimit() {
      return shared || logs.spanFilter() != null ? Math.max(limit, SHARED_LIMIT) : limit;
    }

    Question within(TimeRange window) {
      String part = forward ? "first" : "last";
      String warning =
          "the window is longer than Loki answers: only the " + part + " part of it was asked";
      return new Question(logs.within(window, warning), limit, forward, shared, whole);
    }

    /** The same for no more entries than were asked for, filtered by Loki. */
    Question exactly() {
      return new Question(logs.filteredInLoki(), limit, forward, false, whole);
    }

    Direction direction() {
      return forward ? Direction.FORWARD : Direction.BACKWARD;
    }
  }

  /**
   * What was found.
   *
   * @param answer the entries, in the asked direction and within the limit
   * @param limitReached whether there may be more
   * @param notes what a person should know, the query's own warnings first
   * @param soft whether the span filter was left out, since no entry carries a span
   * @param query the first query that was sent
   * @param window the window that was sent
   * @param fromCache whether all of it was held
   * @param ageSeconds how old the oldest part is
   */
  record Found(
      StreamsAnswer answer,
      boolean limitReached,
      List<String> notes,
      boolean soft,
      String query,
      TimeRange window,
      boolean fromCache,
      long ageSeconds) {}

  /** Gets the entries; exactly one method is called. */
  interface Callback {
    /** There is an answer. Called on a worker when it is large, else on the event loop. */
    void found(Found found);

    /** Loki answered with an error. Called on the event loop. */
    void refused(int status, String text);

    /** There is no answer. Called on the event loop. */
    void failed(ProxyError error, String message, String why);
  }

  void read(Exchange exchange, Question given, Callback callback) {
    TimeRange window = lengths.clip(tenant(exchange), given.logs().window(), given.forward());
    Question question = window.equals(given.logs().window()) ? given : given.within(window);
    List<String> texts = texts(question.logs());
    LearnedLocations.Key key =
        question.logs().learnsLocation() && exchange.caller().isClear()
            ? new LearnedLocations.Key(tenant(exchange), question.logs().service())
            : null;
    LearnedLocations.Choice choice =
        key == null ? LearnedLocations.Choice.BOTH : locations.choose(key);
    LearnedLocations.Half half = choice.half();
    if (key == null || half == null) {
      new CorrelatedGathering(this, exchange, question, texts, callback, key, null, List.of())
          .askNext();
      return;
    }
    boolean line = half == LearnedLocations.Half.LINE;
    SpanLogs enough = line ? question.logs().inLines() : question.logs().inFields();
    String other = texts.get(line ? 1 : 0);
    if (choice.check()) {
      // First: once the exchange has its answer, nothing can be asked in its name.
      ask(exchange, question, other, new Check(key));
    }
    new CorrelatedGathering(
            this, exchange, question, texts(enough), callback, key, other, List.of())
        .askNext();
  }

  Executor worker() {
    return worker;
  }

  long maxBytes() {
    return maxBytes;
  }

  LearnedLocations locations() {
    return locations;
  }

  QueryLengths lengths() {
    return lengths;
  }

  private static List<String> texts(SpanLogs logs) {
    List<String> texts = new ArrayList<>();
    for (CorrelatedQuery query : logs.queries()) {
      texts.addAll(query.texts());
    }
    return texts;
  }

  static String tenant(Exchange exchange) {
    TenantId tenant = exchange.caller().tenant();
    return tenant == null ? "" : tenant.value();
  }

  Runnable ask(Exchange exchange, Question question, String text, ReadHandler handler) {
    QueryParameters parameters =
        QueryParameters.of(
            "query",
            text,
            "start",
            Long.toString(question.logs().window().startNs()),
            "end",
            Long.toString(question.logs().window().endNs()),
            "limit",
            Integer.toString(question.fetchLimit()),
            "direction",
            question.direction().text());
    HttpHeaders headers = outbound.own(exchange, "application/json");
    headers.set("X-Loki-Response-Encoding-Flags", "categorize-labels");
    Read read =
        OwnReads.of(
            Operation.LOKI_QUERY_RANGE,
            "/loki/api/v1/query_range",
            parameters,
            headers,
            maxBytes / AT_ONCE);
    return reads.read(exchange, read, handler);
  }

  /** Looks, in the background, whether the half that is not needed has something after all. */
  private final class Check implements ReadHandler {
    private final LearnedLocations.Key key;

    Check(LearnedLocations.Key key) {
      this.key = key;
    }

    @Override
    public void onWhole(WholeAnswer answer) {
      if (answer.status() == 200 && answer.body().length <= INLINE_BYTES) {
        try {
          if (StreamsAnswer.read(answer.body()).entries().isEmpty()) {
            return;
          }
        } catch (StreamsFormatException e) {
          return;
        }
      }
      if (answer.status() == 200) {
        // An answer this large is not empty.
        locations.forget(key);
      }
    }

    @Override
    public void onStream(ResponseHead head, BodySource body, String cache) {
      throw new IllegalStateException("asked for a whole answer");
    }

    @Override
    public void onFailure(ProxyError error, String message, String why, String cache) {
      // The answer does not depend on it.
    }
  }
}
