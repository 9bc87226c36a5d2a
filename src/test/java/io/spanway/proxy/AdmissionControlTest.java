// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.proxy.AdmissionControl.Ticket;
import io.spanway.proxy.LimitsConfig.ClassLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AdmissionControlTest {
  private static final String A = "a";
  private static final String B = "b";
  private static final RateConfig ANY_RATE = RateConfig.DEFAULT;

  /** A clock near its overflow. */
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);

  private final List<String> told = new ArrayList<>();
  private AdmissionControl control;
  private String rateClass = "default";
  private Map<String, ClassLimits> classes = Map.of();

  /** Makes a control with limits: in all, of a caller, tails in all, tails of a caller, queue. */
  private void limits(int all, int caller, RateConfig rate, int tails, int callerTails, int queue) {
    LimitsConfig set = config(all, caller, rate, tails, callerTails, queue);
    if (control == null) {
      control = new AdmissionControl(set, now::get);
    } else {
      control.limits(set);
    }
  }

  private LimitsConfig config(
      int all, int caller, RateConfig rate, int tails, int callerTails, int queue) {
    LimitsConfig base = LimitsConfig.DEFAULT;
    return new LimitsConfig(
        base.maxForm(),
        base.maxTrace(),
        base.maxLogLimit(),
        base.maxLimit(),
        base.maxRange(),
        base.maxPoints(),
        base.maxQueryLength(),
        all,
        caller,
        rate,
        new QueueConfig(queue, Duration.ofSeconds(1)),
        tails,
        callerTails,
        base.maxMemory(),
        classes,
        base.allowAdminPaths());
  }

  private Ticket enter(String caller) {
    return enter(caller, caller);
  }

  private Ticket enter(String caller, String name) {
    return control.enter(() -> key(caller), rateClass, false, () -> told.add(name));
  }

  private Ticket tail(String caller) {
    return control.enter(() -> key(caller), rateClass, true, () -> told.add("tail"));
  }

  private static CallerKey key(String caller) {
    return new CallerKey(caller, false, 0, 0);
  }

  private static String outcome(Ticket ticket) {
    AdmissionRefusal refusal = ticket.refusal();
    return refusal != null ? refusal.id() : ticket.isWaiting() ? "waits" : "in";
  }

  private List<String> outcomes(String callers) {
    return callers.chars().mapToObj(c -> outcome(enter("" + (char) c))).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // all | of a caller | queue | callers | outcomes
        "2 | 0 | 0 | aab | in, in, queue_full",
        "2 | 0 | 1 | aaab | in, in, waits, queue_full",
        "9 | 1 | 0 | aab | in, caller_in_flight, in",
        "9 | 1 | 1 | aaab | in, waits, caller_in_flight, in",
        "9 | 2 | 0 | ababab | in, in, in, in, caller_in_flight, caller_in_flight",
        "2 | 1 | 3 | abab | in, in, waits, waits",
      })
  void requests_areLetInOrWaitOrRefused(
      int all, int caller, int queue, String callers, String outcomes) {
    limits(all, caller, ANY_RATE, 9, 0, queue);

    assertThat(String.join(", ", outcomes(callers))).isEqualTo(outcomes);
  }

  @Test
  void requestThatEnds_makesRoomForTheNextOfAnotherCaller() {
    limits(1, 0, ANY_RATE, 9, 0, 9);
    Ticket running = enter(A);
    Ticket a1 = enter(A, "a1");
    enter(A, "a2");
    Ticket b1 = enter(B, "b1");
    enter(B, "b2");

    running.leave();
    assertThat(told).containsExactly("a1");
    a1.leave();
    assertThat(told).containsExactly("a1", "b1");
    b1.leave();

    assertThat(told).containsExactly("a1", "b1", "a2");
    assertThat(control.waiting()).isOne();
    assertThat(control.inFlight()).isOne();
  }

  @Test
  void callerAtItsLimit_keepsNobodyElseWaiting() {
    limits(2, 1, ANY_RATE, 9, 0, 9);
    Ticket running = enter(A);
    enter(A, "a1");

    assertThat(outcome(enter(B))).isEqualTo("in");
    running.leave();

    assertThat(told).containsExactly("a1");
  }

  @Test
  void requestThatLeavesTheQueue_isNotTold() {
    limits(1, 0, ANY_RATE, 9, 0, 1);
    Ticket running = enter(A);
    Ticket gone = enter(A, "gone");

    gone.leave();
    Ticket next = enter(B, "next");
    running.leave();
    running.leave();
    gone.leave();

    assertThat(told).containsExactly("next");
    assertThat(next.start()).isTrue();
    assertThat(next.start()).isFalse();
    assertThat(gone.start()).isFalse();
    assertThat(control.inFlight()).isOne();
  }

  @Test
  void fullQueue_hasRoomForWhoHasLessInIt() {
    limits(1, 0, ANY_RATE, 9, 0, 3);
    enter(A);
    enter(A, "a1");
    enter(A, "a2");
    Ticket last = enter(A, "a3");

    Ticket other = enter(B, "b1");

    assertThat(outcome(other)).isEqualTo("waits");
    assertThat(told).containsExactly("a3");
    assertThat(outcome(last)).isEqualTo("queue_full");
    assertThat(last.start()).isFalse();
    assertThat(outcome(enter(A))).isEqualTo("queue_full");
    assertThat(control.waiting()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"0, queue_timeout", "1, caller_in_flight"})
  void requestThatWaitsTooLong_isToldWhatItWaitedFor(int ofCaller, String why) {
    limits(1, ofCaller, ANY_RATE, 9, 0, 3);
    Ticket running = enter(A);
    Ticket late = enter(A, "late");

    assertThat(late.expire()).isTrue();
    running.leave();

    assertThat(outcome(late)).isEqualTo(why);
    assertThat(late.expire()).isFalse();
    assertThat(told).isEmpty();
    assertThat(control.waiting()).isZero();
  }

  @Test
  void requestThatWasLetIn_doesNotExpire() {
    limits(1, 0, ANY_RATE, 9, 0, 3);
    Ticket running = enter(A);
    Ticket next = enter(A, "next");
    running.leave();

    assertThat(next.expire()).isFalse();
    assertThat(next.refusal()).isNull();
  }

  @Test
  void rate_isABurstAndThenSoManyASecond() {
    limits(99, 0, new RateConfig(4, 3), 9, 0, 9);

    assertThat(outcomes("aaaab")).containsExactly("in", "in", "in", "rate", "in");
    pass(249);
    assertThat(outcomes("a")).containsExactly("rate");
    pass(1);
    assertThat(outcomes("aa")).containsExactly("in", "rate");
    pass(500);
    assertThat(outcomes("aaa")).containsExactly("in", "in", "rate");
    pass(60_000);
    assertThat(outcomes("aaaa")).containsExactly("in", "in", "in", "rate");
  }

  @Test
  void rateOfLessThanWasAskedFor_saysWhenToComeAgain() {
    limits(99, 0, new RateConfig(1, 1), 9, 0, 9);
    enter(A);
    Ticket early = enter(A);
    assertThat(early.retryAfterSeconds()).isOne();
    limits(99, 0, new RateConfig(1, 60), 9, 0, 9);
    for (int i = 0; i < 59; i++) {
      assertThat(outcome(enter(A))).isEqualTo("in");
    }
    limits(99, 0, new RateConfig(1, 1), 9, 0, 9);

    assertThat(enter(A).retryAfterSeconds()).isEqualTo(60);
  }

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void tails_haveTheirOwnNumbers() {
    limits(9, 1, ANY_RATE, 3, 2, 9);
    enter(A);
    Ticket first = tail(A);

    assertThat(outcome(first)).isEqualTo("in");
    assertThat(outcome(tail(A))).isEqualTo("in");
    assertThat(outcome(tail(A))).isEqualTo("caller_tails");
    assertThat(outcome(tail(B))).isEqualTo("in");
    assertThat(outcome(tail(B))).isEqualTo("tails");
    first.leave();
    assertThat(outcome(tail(A))).isEqualTo("in");
    assertThat(control.tails()).isEqualTo(3);
    assertThat(control.inFlight()).isOne();
  }

  @Test
  void newTails_areRefusedBeforeRequestsWait() {
    limits(10, 0, ANY_RATE, 99, 0, 9);
    for (int i = 0; i < 7; i++) {
      enter(A);
    }
    assertThat(outcome(tail(B))).isEqualTo("in");
    enter(A);

    assertThat(outcome(tail(B))).isEqualTo("tails_under_pressure");
    assertThat(outcomes("aaa")).containsExactly("in", "in", "waits");
    assertThat(control.tails()).isOne();
  }

  @Test
  void newTails_areRefusedBeforeMemoryIsFull() {
    MemoryBudget memory = new MemoryBudget(100);
    assertThat(memory.take(79)).isTrue();
    assertThat(memory.isPressed()).isFalse();
    assertThat(memory.take(1)).isTrue();
    assertThat(memory.isPressed()).isTrue();
    assertThat(memory.isTight()).isFalse();
    memory.add(10);
    assertThat(memory.isTight()).isTrue();
    assertThat(memory.take(11)).isFalse();
    assertThat(memory.take(10)).isTrue();
    memory.giveBack(90);

    assertThat(memory.held()).isEqualTo(10);
    assertThat(memory.isPressed()).isFalse();
    memory.most(10);
    assertThat(memory.isTight()).isTrue();
    memory.most(0);
    assertThat(memory.isTight()).isFalse();
  }

  @Test
  void otherLimits_letInWhoWaited() {
    limits(1, 1, ANY_RATE, 9, 0, 9);
    enter(A);
    enter(A, "a1");
    enter(B, "b1");

    limits(3, 1, ANY_RATE, 9, 0, 9);
    assertThat(told).containsExactly("b1");
    limits(3, 0, ANY_RATE, 9, 0, 9);

    assertThat(told).containsExactly("b1", "a1");
    assertThat(control.waiting()).isZero();
  }

  @Test
  void lowerLimits_leaveWhatRunsAndCountIt() {
    limits(9, 0, ANY_RATE, 9, 0, 0);
    Ticket first = enter(A);
    Ticket second = enter(A);

    limits(1, 0, ANY_RATE, 9, 0, 0);
    first.leave();
    assertThat(outcome(enter(A))).isEqualTo("queue_full");
    second.leave();

    assertThat(outcome(enter(A))).isEqualTo("in");
  }

  @Test
  void callersWithNothingUnderWay_areForgotten() {
    limits(9, 1, ANY_RATE, 9, 0, 9);
    Ticket one = enter(A);
    Ticket waits = enter(A);
    one.leave();
    assertThat(control.knownCallers()).isOne();
    waits.leave();

    assertThat(control.knownCallers()).isZero();
  }

  @Test
  void floodOfNames_takesNoMoreThanItsShareOfMemory() {
    limits(1_000_000, 2, new RateConfig(1, 1), 9, 0, 9);
    Ticket kept = enter("kept");
    for (int i = 0; i < 2 * AdmissionControl.MOST_CALLERS; i++) {
      enter("x" + i).leave();
    }

    assertThat(control.knownCallers()).isEqualTo(AdmissionControl.MOST_CALLERS);
    kept.leave();
    assertThat(control.inFlight()).isZero();
  }

  @Test
  void moreCallersAtOnceThanAreKnownApart_areOne() {
    limits(1_000_000, 1, ANY_RATE, 9, 0, 0);
    for (int i = 0; i < AdmissionControl.MOST_CALLERS; i++) {
      enter("x" + i);
    }

    assertThat(outcomes("yz")).containsExactly("in", "caller_in_flight");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0, 0, 'maxInFlight: was 0 (expected: 1 to 1000000)'",
    "1, -1, 0, 0, 0, 'maxInFlightPerCaller: was -1 (expected: 0 to 1000000)'",
    "1, 0, -1, 0, 0, 'maxTails: was -1 (expected: 0 to 1000000)'",
    "1, 0, 0, -1, 0, 'maxTailsPerCaller: was -1 (expected: 0 to 1000000)'",
    "1, 0, 0, 0, -1, 'size: was -1 (expected: 0 to 10000)'",
  })
  void valuesOutOfRange_areRefused(
      int all, int caller, int tails, int callerTails, int queue, String message) {
    assertRefused(() -> config(all, caller, ANY_RATE, tails, callerTails, queue), message);
  }

  @Test
  void ratesAndTimesOutOfRange_areRefused() {
    assertRefused(
        () -> new RateConfig(-1, 1), "requestsPerSecond: was -1 (expected: 0 to 1000000)");
    assertRefused(() -> new RateConfig(1, 0), "burst: was 0 (expected: 1 to 1000000)");
    assertRefused(
        () -> new QueueConfig(1, Duration.ZERO), "timeout: was 0s (expected: 1ms to 10m)");
  }

  private static void assertRefused(ThrowingCallable making, String message) {
    assertThatThrownBy(making).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void classes_haveLimitsOfTheirOwnAndTheRestOfTheOthers() {
    RateConfig slow = new RateConfig(1, 2);
    classes =
        Map.of(
            "guests", new ClassLimits(slow, null, 0),
            "staff", new ClassLimits(null, 3, 2));
    limits(9, 1, ANY_RATE, 9, 1, 0);

    assertThat(outcomes("aa")).containsExactly("in", "caller_in_flight");
    rateClass = "staff";
    assertThat(outcomes("bbbb")).containsExactly("in", "in", "in", "caller_in_flight");
    assertThat(List.of(outcome(tail("b")), outcome(tail("b")), outcome(tail("b"))))
        .containsExactly("in", "in", "caller_tails");
    rateClass = "guests";
    enter("c").leave();
    assertThat(List.of(outcome(tail("c")), outcome(enter("c")))).containsExactly("in", "rate");
    rateClass = "gone";
    assertThat(outcomes("dd")).containsExactly("in", "caller_in_flight");
  }

  /** Where others have no limits, a class may. */
  @Test
  void classAlone_isLimited() {
    classes = Map.of("guests", new ClassLimits(null, 1, null));
    limits(9, 0, ANY_RATE, 9, 0, 1);
    assertThat(outcomes("aaa")).containsExactly("in", "in", "in");
    rateClass = "guests";
    Ticket first = enter("b");

    assertThat(outcomes("bb")).containsExactly("waits", "caller_in_flight");
    first.leave();

    assertThat(told).containsExactly("b");
  }

  @Test
  void otherLimitsOfAClass_letThoseInWhoWait() {
    classes = Map.of("guests", new ClassLimits(null, 1, null));
    limits(9, 0, ANY_RATE, 9, 0, 1);
    rateClass = "guests";
    assertThat(outcomes("bb")).containsExactly("in", "waits");
    classes = Map.of("guests", new ClassLimits(null, 2, null));

    limits(9, 0, ANY_RATE, 9, 0, 1);

    assertThat(told).containsExactly("b");
  }

  @Test
  void classes_haveRangesAndNames() {
    assertThatThrownBy(() -> new ClassLimits(null, -1, null))
        .hasMessageStartingWith("maxInFlightPerCaller:");
    assertThatThrownBy(() -> new ClassLimits(null, null, 1_000_001))
        .hasMessageStartingWith("maxTailsPerCaller:");
    classes = Map.of("default", new ClassLimits(null, null, null));
    assertThatThrownBy(() -> config(9, 0, ANY_RATE, 9, 0, 1))
        .hasMessageStartingWith("classes.default: is not a class");
  }
}
