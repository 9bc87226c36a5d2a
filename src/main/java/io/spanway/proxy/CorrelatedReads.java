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
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import io.spanway.streams.StreamsMerge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Asks Loki the halves of a correlated query, a few at once and through the cache, and merges what
 * comes. One half that fails fails the whole: a part is never passed off as everything.
 */
final class CorrelatedReads {
  /** How Loki's message begins when a limit is above the tenant's (validation in its frontend). */
  private static final String LIMIT_REFUSED = "max entries limit";

  /** Entries fetched where a smaller limit would keep pages, probes and clicks from sharing. */
  private static final int SHARED_LIMIT = 1000;

  /** Queries under way at once for one question: what they bring is in memory together. */
  private static final int AT_ONCE = 4;

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
   * @param whole whether the window is the whole of it: of a part nobody can say that no line
   *     carries a span, so that the span filter is strict
   */
  record Question(SpanLogs logs, int limit, boolean forward, boolean shared, boolean whole) {
    int fetchLimit() {
      return shared || logs.spanFilter() != null ? Math.max(limit, SHARED_LIMIT) : limit;
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
   * @param notes what a person should know
   * @param fromCache whether all of it was held
   * @param ageSeconds how old the oldest part is
   */
  record Found(
      StreamsAnswer answer,
      boolean limitReached,
      List<String> notes,
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

  void read(Exchange exchange, Question question, Callback callback) {
    List<String> texts = new ArrayList<>();
    for (CorrelatedQuery query : question.logs().queries()) {
      texts.addAll(query.texts());
    }
    new Gathering(exchange, question, texts, callback).askNext();
  }

  private Runnable ask(
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
            Operation.LOKI_QUERY_RANGE,
            "/loki/api/v1/query_range",
            parameters,
            headers,
            maxBytes / AT_ONCE);
    return reads.read(exchange, read, new Half(gathering, index));
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
    private final List<String> texts;
    private final Callback callback;
    private final byte[] @Nullable [] bodies;
    private final Runnable[] leaves;
    private int asked;
    private int answered;
    private String cache = "hit";
    private long ageSeconds;
    private long bytes;
    private boolean over;

    Gathering(Exchange exchange, Question question, List<String> texts, Callback callback) {
      this.exchange = exchange;
      this.question = question;
      this.texts = texts;
      this.callback = callback;
      this.bodies = new byte[texts.size()][];
      this.leaves = new Runnable[texts.size()];
      Arrays.fill(leaves, (Runnable) () -> {});
    }

    void askNext() {
      while (!over && asked < texts.size() && asked - answered < AT_ONCE) {
        int index = asked++;
        Runnable leave = ask(exchange, question, texts.get(index), this, index);
        leaves[index] = leave;
        if (over && bodies[index] == null) {
          leave.run();
        }
      }
    }

    /** Ends the gathering without an answer: what is still under way is wanted no more. */
    private boolean giveUp() {
      if (over) {
        return false;
      }
      over = true;
      for (Runnable leave : leaves) {
        leave.run();
      }
      return true;
    }

    void failed(ProxyError error, String message, String why) {
      if (giveUp()) {
        callback.failed(error, message, why);
      }
    }

    void answered(int index, ReadHandler.WholeAnswer answer) {
      if (over) {
        return;
      }
      if (answer.status() != 200) {
        giveUp();
        String text = Texts.firstLine(answer.body());
        if (answer.status() == 400
            && question.fetchLimit() > question.limit()
            && text.startsWith(LIMIT_REFUSED)) {
          read(exchange, question.exactly(), callback);
          return;
        }
        callback.refused(
            answer.status(), text.isEmpty() ? "loki answered " + answer.status() : text);
        return;
      }
      bodies[index] = answer.body();
      bytes += answer.body().length;
      ageSeconds = Math.max(ageSeconds, answer.ageSeconds());
      if (rank(answer.cache()) > rank(cache)) {
        cache = answer.cache();
      }
      if (++answered < texts.size()) {
        if (bytes > maxBytes) {
          failed(
              ProxyError.HTTP_RESPONSE_TOO_LARGE,
              Upstreams.message(ProxyError.HTTP_RESPONSE_TOO_LARGE, BackendKind.LOKI),
              "the parts of a correlated answer take more than " + maxBytes + " bytes");
          return;
        }
        askNext();
        return;
      }
      over = true;
      exchange.cache(cache);
      if (bytes <= INLINE_BYTES) {
        conclude();
      } else {
        exchange.offLoop(worker, this::conclude);
      }
    }

    /** An answer of several parts is as fresh as the one that had to be fetched. */
    private static int rank(String cache) {
      return cache.equals("hit") ? 0 : cache.equals("coalesced") ? 1 : 2;
    }

    private void conclude() {
      try {
        List<StreamsAnswer> answers = new ArrayList<>(bodies.length);
        for (byte[] body : bodies) {
          if (body != null) {
            answers.add(StreamsAnswer.read(body));
          }
        }
        conclude(answers);
      } catch (StreamsFormatException e) {
        exchange.inLoop(
            () ->
                callback.failed(
                    ProxyError.HTTP_RESPONSE_UNREADABLE,
                    "the answer of loki cannot be understood",
                    String.valueOf(e.getMessage())));
      }
    }

    private void conclude(List<StreamsAnswer> answers) {
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
          exchange.inLoop(() -> read(exchange, question.exactly(), callback));
          return;
        }
        found = filtered(found, filter, notes);
      }
      StreamsMerge last = StreamsMerge.merge(List.of(found), direction, question.limit());
      boolean limitReached =
          last.limitReached() && (incomplete || found.entries().size() > question.limit());
      callback.found(
          new Found(last.answer(), limitReached, notes, cache.equals("hit"), ageSeconds));
    }

    private StreamsAnswer filtered(StreamsAnswer found, SpanFilter filter, List<String> notes) {
      StreamsAnswer ofSpan =
          found.filter(entry -> filter.matches(entry.line(), entry.allLabels().asMap()));
      if (!filter.soft() || !question.whole() || !ofSpan.entries().isEmpty()) {
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
