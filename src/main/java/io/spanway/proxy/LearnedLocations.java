// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the logs of a tenant's service were seen to carry IDs, so that one half of a correlated
 * query is enough. It only saves work: a half that brings nothing is followed by the other one.
 *
 * <p>Each replica learns for itself. What was learned is forgotten after ten minutes, what nobody
 * asks for makes room when there is too much. Thread-safe.
 */
final class LearnedLocations {
  private static final int ENOUGH = 3;
  private static final int CHECK_EVERY = 10;
  private static final int MAX_KEYS = 10_000;
  private static final long KEPT_NANOS = Duration.ofMinutes(10).toNanos();

  private final LongSupplier nanos;
  private final Map<Key, State> states = new LinkedHashMap<>(16, 0.75f, true);

  LearnedLocations(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Whose logs.
   *
   * @param tenant the tenant, empty for none
   * @param service the service's name, or the streams where it is not known
   */
  record Key(String tenant, String service) {}

  /** Which half is asked. */
  enum Half {
    LINE,
    FIELD;

    Half other() {
      return this == LINE ? FIELD : LINE;
    }
  }

  /**
   * What to ask.
   *
   * @param half the half that is enough; null for both
   * @param check whether the other half is to be asked beside it, to see whether that still holds
   */
  record Choice(@Nullable Half half, boolean check) {
    static final Choice BOTH = new Choice(null, false);
  }

  private static final class State {
    private final long since;
    private @Nullable Half seen;
    private int times;
    private int asked;

    State(long since) {
      this.since = since;
    }
  }

  /** Chooses what to ask for a question. */
  synchronized Choice choose(Key key) {
    State state = state(key);
    if (state == null || state.times < ENOUGH) {
      return Choice.BOTH;
    }
    return new Choice(state.seen, ++state.asked % CHECK_EVERY == 0);
  }

  /** Learns from the answers of both halves, fetched for this question. */
  synchronized void saw(Key key, boolean line, boolean field) {
    if (line == field) {
      if (line) {
        states.remove(key);
      }
      return;
    }
    Half half = line ? Half.LINE : Half.FIELD;
    State state = state(key);
    if (state == null || state.seen != half) {
      state = new State(nanos.getAsLong());
      state.seen = half;
      states.put(key, state);
      if (states.size() > MAX_KEYS) {
        states.remove(states.keySet().iterator().next());
      }
    }
    state.times++;
  }

  /** Forgets: the other half had something. */
  synchronized void forget(Key key) {
    states.remove(key);
  }

  private @Nullable State state(Key key) {
    State state = states.get(key);
    if (state != null && nanos.getAsLong() - state.since >= KEPT_NANOS) {
      states.remove(key);
      return null;
    }
    return state;
  }
}
