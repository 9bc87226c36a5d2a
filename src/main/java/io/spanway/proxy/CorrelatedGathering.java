// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.body.BodySource;
import io.spanway.correlate.SpanFilter;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.model.TimeRange;
import io.spanway.route.BackendKind;
import io.spanway.streams.Direction;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import io.spanway.streams.StreamsMerge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The halves of a correlated query as they come in. Confined to the exchange's event loop. */
final class CorrelatedGathering {
  /** How Loki's message begins when a limit is above the tenant's (validation in its frontend). */
  private static final String LIMIT_REFUSED = "max entries limit";

  private final CorrelatedReads reads;
  private final Exchange exchange;
  private final CorrelatedReads.Question question;
  private final List<String> texts;
  private final CorrelatedReads.Callback callback;
  private final LearnedLocations.@Nullable Key key;
  private final @Nullable String fallback;
  private final List<StreamsAnswer> earlier;
  private final byte[] @Nullable [] bodies;
  private final Runnable[] leaves;
  private int asked;
  private int answered;
  private String cache = "hit";
  private long ageSeconds;
  private long bytes;
  private boolean over;

  /**
   * Creates one.
   *
   * @param key what is learned about, null for nothing
   * @param fallback what is asked when all are empty, null for nothing
   * @param earlier answers that came before
   */
  CorrelatedGathering(
      CorrelatedReads reads,
      Exchange exchange,
      CorrelatedReads.Question question,
      List<String> texts,
      CorrelatedReads.Callback callback,
      LearnedLocations.@Nullable Key key,
      @Nullable String fallback,
      List<StreamsAnswer> earlier) {
    this.reads = reads;
    this.key = key;
    this.fallback = fallback;
    this.earlier = earlier;
    this.exchange = exchange;
    this.question = question;
    this.texts = texts;
    this.callback = callback;
    this.bodies = new byte[texts.size()][];
    this.leaves = new Runnable[texts.size()];
    Arrays.fill(leaves, (Runnable) () -> {});
  }

  void askNext() {
    while (!over && asked < texts.size() && asked - answered < CorrelatedReads.AT_ONCE) {
      int index = asked++;
      Runnable leave = reads.ask(exchange, question, texts.get(index), new Half(this, index));
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
        reads.read(exchange, question.exactly(), callback);
        return;
      }
      if (answer.status() == 400 && shorter(text)) {
        reads.read(exchange, question, callback);
        return;
      }
      callback.refused(answer.status(), text.isEmpty() ? "loki answered " + answer.status() : text);
      return;
    }
    bodies[index] = answer.body();
    bytes += answer.body().length;
    ageSeconds = Math.max(ageSeconds, answer.ageSeconds());
    if (rank(answer.cache()) > rank(cache)) {
      cache = answer.cache();
    }
    if (++answered < texts.size()) {
      if (bytes > reads.maxBytes()) {
        failed(
            ProxyError.HTTP_RESPONSE_TOO_LARGE,
            Upstreams.message(ProxyError.HTTP_RESPONSE_TOO_LARGE, BackendKind.LOKI),
            "the parts of a correlated answer take more than " + reads.maxBytes() + " bytes");
        return;
      }
      askNext();
      return;
    }
    over = true;
    exchange.cache(cache);
    if (bytes <= CorrelatedReads.INLINE_BYTES) {
      conclude();
    } else {
      exchange.offLoop(reads.worker(), this::conclude);
    }
  }

  /** Learns from a refusal of the window; says whether a shorter one is worth asking for. */
  private boolean shorter(String refusal) {
    TimeRange window = question.logs().window();
    String tenant = CorrelatedReads.tenant(exchange);
    return reads.lengths().learn(tenant, refusal)
        && !reads.lengths().clip(tenant, window, question.forward()).equals(window);
  }

  /** An answer of several parts is as fresh as the one that had to be fetched. */
  private static int rank(String cache) {
    return cache.equals("hit") ? 0 : cache.equals("coalesced") ? 1 : 2;
  }

  private void conclude() {
    try {
      List<StreamsAnswer> answers = new ArrayList<>(earlier);
      for (byte[] body : bodies) {
        if (body != null) {
          answers.add(StreamsAnswer.read(body));
        }
      }
      if (learn(answers)) {
        conclude(answers);
      }
    } catch (StreamsFormatException e) {
      exchange.inLoop(
          () ->
              callback.failed(
                  ProxyError.HTTP_RESPONSE_UNREADABLE,
                  "the answer of loki cannot be understood",
                  String.valueOf(e.getMessage())));
    }
  }

  /** Learns what the answers say; false when they do not say enough and another one comes. */
  private boolean learn(List<StreamsAnswer> answers) {
    LearnedLocations.Key about = key;
    if (about == null) {
      return true;
    }
    boolean empty = answers.stream().allMatch(answer -> answer.entries().isEmpty());
    String other = fallback;
    if (other != null) {
      if (empty) {
        exchange.inLoop(
            () ->
                new CorrelatedGathering(
                        reads, exchange, question, List.of(other), callback, about, null, answers)
                    .askNext());
      }
      return !empty;
    }
    if (!earlier.isEmpty()) {
      if (!empty) {
        reads.locations().forget(about);
      }
    } else if (rank(cache) == 2) {
      // What was held is no new evidence.
      reads
          .locations()
          .saw(about, !answers.get(0).entries().isEmpty(), !answers.get(1).entries().isEmpty());
    }
    return true;
  }

  private void conclude(List<StreamsAnswer> answers) {
    Direction direction = question.direction();
    boolean cut = answers.stream().anyMatch(a -> a.entries().size() >= question.fetchLimit());
    StreamsMerge merged = StreamsMerge.merge(answers, direction, question.fetchLimit());
    boolean incomplete = cut || merged.limitReached();
    SpanFilter filter = question.logs().spanFilter();
    StreamsAnswer found = merged.answer();
    List<String> notes = new ArrayList<>();
    boolean soft = false;
    if (filter != null) {
      if (incomplete) {
        // What was cut off may hold the span's lines: Loki has to filter.
        exchange.inLoop(() -> reads.read(exchange, question.exactly(), callback));
        return;
      }
      found = filtered(found, filter, notes);
      soft = !notes.isEmpty();
    }
    if (question.logs().isLastAttempt()) {
      found = withoutParsed(found);
    }
    StreamsMerge last = StreamsMerge.merge(List.of(found), direction, question.limit());
    boolean limitReached =
        last.limitReached() && (incomplete || found.entries().size() > question.limit());
    callback.found(
        new CorrelatedReads.Found(
            last.answer(),
            limitReached,
            Stream.concat(question.logs().warnings().stream(), notes.stream()).toList(),
            soft,
            texts.get(0),
            question.logs().window(),
            cache.equals("hit"),
            ageSeconds));
  }

  private static StreamsAnswer withoutParsed(StreamsAnswer answer) {
    List<LogEntry> entries = new ArrayList<>(answer.entries().size());
    for (LogEntry entry : answer.entries()) {
      entries.add(
          new LogEntry(
              entry.timestampNs(),
              entry.line(),
              entry.stream(),
              entry.structuredMetadata(),
              Labels.EMPTY));
    }
    return new StreamsAnswer(
        entries, answer.categorised(), answer.encodingFlags(), answer.warnings(), answer.stats());
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

  private static final class Half implements ReadHandler {
    private final CorrelatedGathering gathering;
    private final int index;

    Half(CorrelatedGathering gathering, int index) {
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
}
