// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.correlate.CorrelatedQuery;
import io.spanway.correlate.SpanFilter;
import io.spanway.correlate.SpanLogs;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import io.spanway.route.Operation;
import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import io.spanway.streams.StreamsMerge;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Asks Loki the halves of a correlated query, all at once and through the cache, and merges what
 * comes. One half that fails fails the whole: a part is never passed off as everything.
 */
final class CorrelatedReads {
  /** Entries fetched where a smaller limit would keep pages, probes and clicks from sharing. */
  private static final int SHARED_LIMIT = 1000;

  /** Reading and merging this many bytes takes about two milliseconds. */
  private static final long INLINE_BYTES = 128 * 1024;

  private final CachedReads reads;
  private final OutboundHeaders outbound;
  private final Executor worker;
  private final long maxBytes;

  CorrelatedReads(CachedReads reads, OutboundHeaders outbound, Executor worker, long maxBytes) {
    this.reads = reads;
    this.outbound = outbound;
    this.worker = worker;
    this.maxBytes = maxBytes;
  }

  /**
   * What is asked.
   *
   * @param logs the queries, their window and the filter afterwards
   * @param limit how many entries at most
   * @param forward whether the oldest come first
   * @param shared whether more than asked is fetched, so that the next question is answered too
   */
  record Question(SpanLogs logs, int limit, boolean forward, boolean shared) {
    int fetchLimit() {
      return shared || logs.spanFilter() != null ? Math.max(limit, SHARED_LIMIT) : limit;
    }

    Direction direction() {
      return forward ? Direction.FORWARD : Direction.BACKWARD;
    }
  }

  /** Gets the entries; exactly one method is called, on the exchange's event loop. */
  interface Callback {
    /**
     * The entries, in the asked direction and within the limit.
     *
     * @param notes what a person should know
     */
    void found(StreamsAnswer answer, boolean limitReached, List<String> notes);

    /** Loki answered with an error. */
    void refused(int status, String text);

    /** There is no answer. */
    void failed(ProxyError error, String message, String why);
  }

  void read(Exchange exchange, Question question, Callback callback) {
    List<String> texts = new ArrayList<>();
    for (CorrelatedQuery query : question.logs().queries()) {
      texts.addAll(query.texts());
    }
    Gathering gathering = new Gathering(exchange, question, texts.size(), callback);
    for (int i = 0; i < texts.size() && !gathering.over; i++) {
      ask(exchange, question, texts.get(i), gathering, i);
    }
  }

  private void ask(
      Exchange exchange, Question question, String text, Gathering gathering, int index) {
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
            Operation.LOKI_QUERY_RANGE, "/loki/api/v1/query_range", parameters, headers, maxBytes);
    reads.read(exchange, read, new Half(gathering, index));
  }

  private static final class Half implements ReadHandler {
    private final Gathering gathering;
    private final int index;

    Half(Gathering gathering, int index) {
      this.gathering = gathering;
      this.index = index;
    }

    @Override
    public void onWhole(WholeAnswer answer) {
      gathering.answered(index, answer);
    }

    @Override
    public void onStream(ResponseHead head, BodySource body, String cache) {
      throw new IllegalStateException("asked for a whole answer");
    }

    @Override
    public void onFailure(ProxyError error, String message, String why, String cache) {
      gathering.failed(error, message, why);
    }
  }

  /** The halves as they come in. Confined to the exchange's event loop. */
  private final class Gathering {
    private final Exchange exchange;
    private final Question question;
    private final Callback callback;
    private final byte[] @Nullable [] bodies;
    private int missing;
    private int hits;
    private int joined;
    private long bytes;
    private boolean over;

    Gathering(Exchange exchange, Question question, int count, Callback callback) {
      this.exchange = exchange;
      this.question = question;
      this.callback = callback;
      this.bodies = new byte[count][];
      this.missing = count;
    }

    void failed(ProxyError error, String message, String why) {
      if (!over) {
        over = true;
        callback.failed(error, message, why);
      }
    }

    void answered(int index, ReadHandler.WholeAnswer answer) {
      if (over) {
        return;
      }
      if (answer.status() != 200) {
        over = true;
        String text = Texts.firstLine(answer.body());
        callback.refused(
            answer.status(), text.isEmpty() ? "loki answered " + answer.status() : text);
        return;
      }
      bodies[index] = answer.body();
      bytes += answer.body().length;
      if (answer.cache().equals("hit")) {
        hits++;
      } else if (answer.cache().equals("coalesced")) {
        joined++;
      }
      if (--missing > 0) {
        return;
      }
      over = true;
      exchange.cache(
          hits == bodies.length
              ? "hit"
              : hits + joined == bodies.length ? "coalesced" : answer.cache());
      if (bytes <= INLINE_BYTES) {
        conclude();
      } else {
        exchange.offLoop(worker, this::conclude);
      }
    }

    private void conclude() {
      Runnable told;
      try {
        List<StreamsAnswer> answers = new ArrayList<>(bodies.length);
        for (byte[] body : bodies) {
          if (body != null) {
            answers.add(StreamsAnswer.read(body));
          }
        }
        told = conclude(answers);
      } catch (StreamsFormatException e) {
        told =
            () ->
                callback.failed(
                    ProxyError.HTTP_RESPONSE_UNREADABLE,
                    "the answer of loki cannot be understood",
                    String.valueOf(e.getMessage()));
      }
      if (exchange.loop().inEventLoop()) {
        told.run();
      } else {
        exchange.onLoop(told);
      }
    }

    private Runnable conclude(List<StreamsAnswer> answers) {
      Direction direction = question.direction();
      boolean cut = answers.stream().anyMatch(a -> a.entries().size() >= question.fetchLimit());
      StreamsMerge merged = StreamsMerge.merge(answers, direction, question.fetchLimit());
      boolean incomplete = cut || merged.limitReached();
      SpanFilter filter = question.logs().spanFilter();
      StreamsAnswer found = merged.answer();
      List<String> notes = new ArrayList<>();
      if (filter != null) {
        if (incomplete) {
          // What was cut off may hold the span's lines: Loki has to filter.
          Question narrower =
              new Question(
                  question.logs().filteredInLoki(),
                  question.limit(),
                  question.forward(),
                  question.shared());
          return () -> read(exchange, narrower, callback);
        }
        found = filtered(found, filter, notes);
      }
      StreamsMerge last = StreamsMerge.merge(List.of(found), direction, question.limit());
      boolean limitReached =
          last.limitReached() && (incomplete || found.entries().size() > question.limit());
      return () -> callback.found(last.answer(), limitReached, notes);
    }

    private StreamsAnswer filtered(StreamsAnswer found, SpanFilter filter, List<String> notes) {
      StreamsAnswer ofSpan =
          found.filter(entry -> filter.matches(entry.line(), entry.allLabels().asMap()));
      if (!filter.soft() || !ofSpan.entries().isEmpty()) {
        return ofSpan;
      }
      for (LogEntry entry : found.entries()) {
        if (filter.carriesSpan(entry.line(), entry.allLabels().asMap())) {
          return ofSpan;
        }
      }
      if (!found.entries().isEmpty()) {
        notes.add(
            "no line of the trace carries a span ID, so these are the lines of the whole trace");
      }
      return found;
    }
  }
}
