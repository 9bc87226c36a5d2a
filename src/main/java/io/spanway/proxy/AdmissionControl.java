// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.identity.Caller;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests are taken on now, which wait and which are refused, so that neither one
 * caller nor all together can have more than there is. Requests that wait are served by turns, one
 * of each caller, and each caller's in order. Outlives configurations: what is under way counts
 * whatever limits it came in by. Thread-safe; its lock is held for a few look-ups only, never while
 * somebody is told.
 */
public final class AdmissionControl {
  /** Callers that are known apart; more than these count as one. */
  static final int MOST_CALLERS = 10_000;

  /** The share of {@code maxInFlight} from which on there are no new tails. */
  private static final double PRESSURE = 0.8;

  /** How many callers without requests may be passed over to find one that can be forgotten. */
  private static final int MOST_LOOKED_AT = 16;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private enum State {
    WAITS,
    IN,
    OVER
  }

  private final LongSupplier nanos;
  private final MemoryBudget memory;
  private volatile CallerLimits.InForce limits;

  // All below is guarded by this.
  private final Map<CallerKey, Standing> callers = new LinkedHashMap<>(16, 0.75f, true);
  private final Standing others = new Standing();

  /** Callers of whom something waits and may go on as soon as there is room. */
  private final ArrayDeque<Standing> turns = new ArrayDeque<>();

  private final Set<Standing> waitingCallers = new LinkedHashSet<>();
  private int inFlight;
  private int tails;
  private int waiting;

  /**
   * Makes one.
   *
   * @param nanos a clock as {@link System#nanoTime}
   */
  public AdmissionControl(LimitsConfig limits, LongSupplier nanos) {
    this.limits = CallerLimits.InForce.of(limits);
    this.nanos = nanos;
    this.memory = new MemoryBudget(limits.maxMemory().bytes());
  }

  /** Takes up other limits. What is under way stays. */
  public void limits(LimitsConfig now) {
    List<Ticket> next;
    memory.most(now.maxMemory().bytes());
    synchronized (this) {
      limits = CallerLimits.InForce.of(now);
      for (Standing each : waitingCallers) {
        line(each);
      }
      next = admitNext();
    }
    tell(next);
  }

  /** Returns how many requests wait. */
  public synchronized int waiting() {
    return waiting;
  }

  /** Returns how many tails there are. */
  public synchronized int tails() {
    return tails;
  }

  /** Returns how many bytes are held of requests and answers. */
  public long memoryHeld() {
    return memory.held();
  }

  MemoryBudget memory() {
    return memory;
  }

  synchronized int inFlight() {
    return inFlight;
  }

  synchronized int knownCallers() {
    return callers.size();
  }

  /** Returns how long a request may wait, in nanoseconds. */
  long queueNanos() {
    return limits.all().queue().timeout().toNanos();
  }

  /**
   * Asks for leave to run a request.
   *
   * @param who says whose it is; asked only where that matters
   * @param rateClass the name of the limits that hold for the caller
   * @param tail whether it is a tail, which counts apart
   * @param whenAdmitted told, on any thread, if the request waits first and then may run
   */
  Ticket enter(Supplier<CallerKey> who, String rateClass, boolean tail, Runnable whenAdmitted) {
    CallerLimits.InForce inForce = limits;
    LimitsConfig now = inForce.all();
    CallerLimits own = inForce.of(rateClass);
    if (!tail && !own.isAnyForRequests()) {
      synchronized (this) {
        if (waiting == 0 && inFlight < now.maxInFlight()) {
          inFlight++;
          return new Ticket(null, false, whenAdmitted, State.IN);
        }
      }
    }
    CallerKey key = who.get();
    List<Ticket> displaced = new ArrayList<>(0);
    Ticket ticket;
    synchronized (this) {
      Standing caller = standing(key);
      if (caller != others) {
        // Another configuration may have put it into another class.
        caller.rateClass = rateClass;
      }
      ticket = new Ticket(caller, tail, whenAdmitted, State.OVER);
      ticket.refusal =
          tail ? enterTail(ticket, caller, own, now) : enter(ticket, caller, own, now, displaced);
      forgetIfIdle(key, caller);
    }
    tell(displaced);
    return ticket;
  }

  private @Nullable AdmissionRefusal enterTail(
      Ticket ticket, Standing caller, CallerLimits own, LimitsConfig now) {
    if (own.maxTails() > 0 && caller.tails >= own.maxTails()) {
      return AdmissionRefusal.CALLER_TAILS;
    }
    if (tails >= now.maxTails()) {
      return AdmissionRefusal.TAILS;
    }
    if (waiting > 0
        || memory.isPressed()
        || inFlight >= Math.max(1, PRESSURE * now.maxInFlight())) {
      return AdmissionRefusal.TAILS_UNDER_PRESSURE;
    }
    if (isTooOften(ticket, caller, own.rate())) {
      return AdmissionRefusal.RATE;
    }
    tails++;
    caller.tails++;
    ticket.state = State.IN;
    return null;
  }

  private @Nullable AdmissionRefusal enter(
      Ticket ticket, Standing caller, CallerLimits own, LimitsConfig now, List<Ticket> displaced) {
    if (isTooOften(ticket, caller, own.rate())) {
      return AdmissionRefusal.RATE;
    }
    boolean callerHasRoom = hasRoom(caller);
    if (callerHasRoom && turns.isEmpty() && inFlight < now.maxInFlight()) {
      admit(ticket, caller);
      return null;
    }
    if (waiting >= now.queue().size()) {
      Ticket last = lastOfTheLongest(caller);
      if (last == null) {
        return callerHasRoom ? AdmissionRefusal.QUEUE_FULL : AdmissionRefusal.CALLER_IN_FLIGHT;
      }
      stopWaiting(last);
      last.refusal = AdmissionRefusal.QUEUE_FULL;
      displaced.add(last);
    }
    ticket.state = State.WAITS;
    waiting++;
    caller.waiting.add(ticket);
    waitingCallers.add(caller);
    line(caller);
    return null;
  }

  /**
   * Finds who makes place in a full queue for a caller who has less in it than others: a flood of
   * one must not keep the others out.
   */
  private @Nullable Ticket lastOfTheLongest(Standing caller) {
    Standing longest = caller;
    for (Standing each : waitingCallers) {
      if (each.waiting.size() > longest.waiting.size()) {
        longest = each;
      }
    }
    return longest.waiting.size() > caller.waiting.size() + 1 ? longest.waiting.peekLast() : null;
  }

  /** Counts a request against its caller's rate (the generic cell rate algorithm). */
  private boolean isTooOften(Ticket ticket, Standing caller, RateConfig rate) {
    if (rate.requestsPerSecond() == 0) {
      return false;
    }
    long now = nanos.getAsLong();
    long each = SECOND / rate.requestsPerSecond();
    long due = caller.rated && caller.dueNanos - now > 0 ? caller.dueNanos : now;
    long early = due - now - each * (rate.burst() - 1);
    if (early > 0) {
      ticket.retryAfterSeconds = Math.max(1, (early + SECOND - 1) / SECOND);
      return true;
    }
    caller.rated = true;
    caller.dueNanos = due + each;
    return false;
  }

  private boolean hasRoom(Standing caller) {
    int most = limits.of(caller.rateClass).maxInFlight();
    return most == 0 || caller.inFlight < most;
  }

  private void admit(Ticket ticket, Standing caller) {
    inFlight++;
    caller.inFlight++;
    ticket.state = State.IN;
  }

  /** Lets a caller take part in the turns, if it may have more under way. */
  private void line(Standing caller) {
    if (!caller.lined && !caller.waiting.isEmpty() && hasRoom(caller)) {
      caller.lined = true;
      turns.add(caller);
    }
  }

  private List<Ticket> admitNext() {
    if (turns.isEmpty()) {
      return List.of();
    }
    List<Ticket> admitted = new ArrayList<>(1);
    while (inFlight < limits.all().maxInFlight()) {
      Standing caller = turns.poll();
      if (caller == null) {
        break;
      }
      caller.lined = false;
      Ticket first = caller.waiting.peekFirst();
      if (first != null && hasRoom(caller)) {
        stopWaiting(first);
        admit(first, caller);
        admitted.add(first);
        line(caller);
      }
    }
    return admitted;
  }

  private void stopWaiting(Ticket ticket) {
    Standing caller = ticket.caller;
    if (caller != null && caller.waiting.remove(ticket)) {
      waiting--;
      ticket.state = State.OVER;
      if (caller.waiting.isEmpty()) {
        waitingCallers.remove(caller);
        if (caller.lined) {
          caller.lined = false;
          turns.remove(caller);
        }
      }
    }
  }

  private static void tell(List<Ticket> tickets) {
    for (Ticket each : tickets) {
      each.whenDecided.run();
    }
  }

  private Standing standing(CallerKey key) {
    Standing known = callers.get(key);
    if (known != null) {
      return known;
    }
    if (callers.size() >= MOST_CALLERS && !forgetOne()) {
      return others;
    }
    Standing made = new Standing();
    made.key = key;
    callers.put(key, made);
    return made;
  }

  /** Forgets a caller of long ago who has nothing under way. */
  private boolean forgetOne() {
    Iterator<Standing> oldest = callers.values().iterator();
    for (int i = 0; i < MOST_LOOKED_AT && oldest.hasNext(); i++) {
      if (oldest.next().hasNothing()) {
        oldest.remove();
        return true;
      }
    }
    return false;
  }

  private void forgetIfIdle(@Nullable CallerKey key, Standing caller) {
    if (key != null
        && caller.hasNothing()
        && caller != others
        && !(caller.rated && caller.dueNanos - nanos.getAsLong() > 0)) {
      // Not one of the same name that came since.
      callers.remove(key, caller);
    }
  }

  /** What a caller has under way. */
  private static final class Standing {
    private final ArrayDeque<Ticket> waiting = new ArrayDeque<>(0);
    private @Nullable CallerKey key;
    private String rateClass = Caller.DEFAULT_CLASS;
    private int inFlight;
    private int tails;
    private boolean lined;
    private boolean rated;
    private long dueNanos;

    boolean hasNothing() {
      return inFlight == 0 && tails == 0 && waiting.isEmpty();
    }
  }

  /** A request's place: among those that run, among those that wait, or none. Thread-safe. */
  final class Ticket {
    private final @Nullable Standing caller;
    private final boolean tail;
    private final Runnable whenDecided;
    private State state;
    private boolean started;
    private @Nullable AdmissionRefusal refusal;
    private long retryAfterSeconds = 1;

    private Ticket(@Nullable Standing caller, boolean tail, Runnable whenDecided, State state) {
      this.caller = caller;
      this.tail = tail;
      this.whenDecided = whenDecided;
      this.state = state;
    }

    /**
     * Says whether the request may run now, once: one that is let in between its arrival and the
     * look at it hears of that twice.
     */
    boolean start() {
      synchronized (AdmissionControl.this) {
        boolean may = state == State.IN && !started;
        started |= may;
        return may;
      }
    }

    boolean isWaiting() {
      synchronized (AdmissionControl.this) {
        return state == State.WAITS;
      }
    }

    /** Returns why the request may not run; null if it may, or waits. */
    @Nullable AdmissionRefusal refusal() {
      synchronized (AdmissionControl.this) {
        return refusal;
      }
    }

    /** Returns in how many seconds another attempt may help. */
    long retryAfterSeconds() {
      return retryAfterSeconds;
    }

    /** It has waited long enough. Says whether it still did. */
    boolean expire() {
      synchronized (AdmissionControl.this) {
        if (state != State.WAITS) {
          return false;
        }
        stopWaiting(this);
        refusal =
            caller != null && !hasRoom(caller)
                ? AdmissionRefusal.CALLER_IN_FLIGHT
                : AdmissionRefusal.QUEUE_TIMEOUT;
        return true;
      }
    }

    /** The request is over, or left before it ran. More calls than one do no harm. */
    void leave() {
      List<Ticket> next;
      synchronized (AdmissionControl.this) {
        if (state == State.WAITS) {
          stopWaiting(this);
        } else if (state == State.IN) {
          end();
        } else {
          return;
        }
        state = State.OVER;
        if (caller != null) {
          line(caller);
          forgetIfIdle(caller.key, caller);
        }
        next = admitNext();
      }
      tell(next);
    }

    private void end() {
      if (tail) {
        tails--;
      } else {
        inFlight--;
      }
      if (caller != null) {
        if (tail) {
          caller.tails--;
        } else {
          caller.inFlight--;
        }
      }
    }
  }
}
