// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.ProxyError;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.streams.StreamsAnswer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Takes links off an answer that lead to traces which Tempo does not have, where derived fields ask
 * for it. Tempo is asked in the caller's name and through the cache, for a few traces at once, for
 * so many at most and so long: what is not known then keeps its link.
 */
final class LinkVerification {
  private static final int MAX_TRACES = 50;
  private static final int AT_ONCE = 4;
  private static final Duration LIMIT = Duration.ofMillis(500);

  private final TraceLookup traces;
  private final Annotations annotations;
  private final Executor worker;

  LinkVerification(TraceLookup traces, Annotations annotations, Executor worker) {
    this.traces = traces;
    this.annotations = annotations;
    this.worker = worker;
  }

  /**
   * Verifies an annotated answer; may be called on any thread.
   *
   * @param known a trace that Tempo has
   * @param then gets the answer, on the event loop or on a worker
   */
  void verify(
      Exchange exchange, StreamsAnswer annotated, TraceId known, Consumer<StreamsAnswer> then) {
    Set<String> linked = annotations.linkedTraceIds(annotated);
    if (linked.isEmpty()) {
      then.accept(annotated);
      return;
    }
    var check = new Check(exchange, annotated, then);
    for (String text : linked) {
      try {
        TraceId id = TraceId.parse(text);
        if (!id.equals(known) && check.open.size() < MAX_TRACES) {
          check.open.add(new Wanted(text, id));
        }
      } catch (IllegalArgumentException noId) {
        check.absent.add(text);
      }
    }
    exchange.inLoop(check::next);
  }

  private record Wanted(String text, TraceId id) {}

  /** The look-ups for one answer. Confined to the exchange's event loop once they begin. */
  private final class Check {
    private final Exchange exchange;
    private final StreamsAnswer annotated;
    private final Consumer<StreamsAnswer> then;
    private final ArrayDeque<Wanted> open = new ArrayDeque<>();
    private final Set<String> absent = new HashSet<>();
    private final long startedNanos = System.nanoTime();
    private int asked;
    private boolean asking;
    private boolean done;

    Check(Exchange exchange, StreamsAnswer annotated, Consumer<StreamsAnswer> then) {
      this.exchange = exchange;
      this.annotated = annotated;
      this.then = then;
    }

    void next() {
      if (asking) {
        // An answer from the cache came at once: the loop below goes on.
        return;
      }
      asking = true;
      Duration left = LIMIT.minusNanos(System.nanoTime() - startedNanos);
      while (asked < AT_ONCE && !open.isEmpty() && left.toMillis() > 0) {
        asked++;
        Wanted wanted = open.remove();
        traces.find(exchange, wanted.id(), left, new Answer(wanted.text()));
        left = LIMIT.minusNanos(System.nanoTime() - startedNanos);
      }
      asking = false;
      if (asked == 0 && !done) {
        done = true;
        finish();
      }
    }

    private void finish() {
      if (absent.isEmpty()) {
        then.accept(annotated);
      } else {
        exchange.offLoop(worker, () -> then.accept(annotations.withoutLinks(annotated, absent)));
      }
    }

    private final class Answer implements TraceLookup.Callback {
      private final String text;

      Answer(String text) {
        this.text = text;
      }

      @Override
      public void found(Trace trace) {
        answered();
      }

      @Override
      public void absent() {
        absent.add(text);
        answered();
      }

      @Override
      public void failed(int status, ProxyError error, String message, String why) {
        answered();
      }

      private void answered() {
        asked--;
        next();
      }
    }
  }
}
