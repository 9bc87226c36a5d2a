// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.EventExecutor;
import io.spanway.body.BodySource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One fetch and those who wait for it.
 *
 * <p>The body belongs to the leader's event loop. Who waits, the memory reserved and the phase are
 * guarded by {@link #lock}; results are completed and foreign code is called after it is let go.
 * {@code OPEN} takes followers and may be ended by anyone; {@code FINISHING} still takes followers
 * but only the leader ends it, so that the answer is in the store (and open to a purge) before the
 * fill leaves the cache's books; {@code PASSING} is for those who had begun to read an answer that
 * outgrew the largest entry, and takes no others; {@code ENDED} takes nobody.
 */
final class CollectingFill implements Fill {
  private enum Phase {
    OPEN,
    FINISHING,
    PASSING,
    ENDED
  }

  private static final byte[] NOTHING = {};
  private static final int FIRST_PART = 4096;

  private final CacheKey key;
  private final long sequence;
  private final int maxEntry;
  private final FillOwner owner;

  private final Object lock = new Object();
  private final List<Follower> followers = new ArrayList<>(2);
  private volatile Phase phase = Phase.OPEN;
  private long reserved;
  private @Nullable Runnable cancel;

  /** What is told to those who may read while it comes; from {@link #share} on. */
  private @Nullable Head offered;

  private @Nullable Head head;
  private @Nullable SharedBody shared;

  private byte[] body = NOTHING;
  private int length;
  private long announced = -1;

  private volatile boolean purged;

  /** The answer's beginning. */
  private record Head(int status, HttpHeaders headers, SharedBody body, long length) {}

  CollectingFill(CacheKey key, long sequence, int maxEntry, FillOwner owner) {
    this.key = key;
    this.sequence = sequence;
    this.maxEntry = maxEntry;
    this.owner = owner;
  }

  CacheKey key() {
    return key;
  }

  /** Joins those who wait; null when the fill has ended or a purge forbids later requests. */
  Lookup.@Nullable Follow join() {
    Follower follower = new Follower();
    Head begun;
    synchronized (lock) {
      if (phase == Phase.ENDED || phase == Phase.PASSING || purged) {
        return null;
      }
      followers.add(follower);
      begun = offered;
    }
    if (begun != null) {
      follower.begin(begun);
    }
    return new Lookup.Follow(
        follower.result.minimalCompletionStage(),
        follower.begun.minimalCompletionStage(),
        follower);
  }

  /** Forbids the store to keep the answer and later requests to join. */
  void purge() {
    purged = true;
  }

  long sequence() {
    return sequence;
  }

  boolean isPurged() {
    return purged;
  }

  @Override
  public void expect(long length) {
    announced = length;
    if (length > maxEntry) {
      giveUp();
    }
  }

  @Override
  public void answering(int status, HttpHeaders headers, Runnable resume) {
    if (status == 200 && SharedHeaders.areShareable(headers)) {
      SharedBody made = new SharedBody(resume, this::release);
      shared = made;
      head = new Head(status, SharedHeaders.kept(headers), made, announced);
    }
  }

  @Override
  public void share() {
    Head begun = head;
    if (begun == null || phase != Phase.OPEN) {
      return;
    }
    begun.body().publish(body, length);
    List<Follower> waiting = List.of();
    synchronized (lock) {
      if (offered == null && phase == Phase.OPEN) {
        offered = begun;
        waiting = List.copyOf(followers);
      }
    }
    for (Follower follower : waiting) {
      follower.begin(begun);
    }
  }

  @Override
  public void seal() {
    SharedBody to = shared;
    synchronized (lock) {
      // Who comes now gets it whole.
      offered = null;
      head = null;
    }
    if (to != null) {
      if (phase == Phase.OPEN) {
        to.publish(body, length);
      }
      to.end(null);
      shared = null;
    }
  }

  @Override
  public boolean isHeldBack() {
    SharedBody to = shared;
    return to != null && to.isHeldBack();
  }

  @Override
  public void cutLaggards(Throwable why) {
    SharedBody to = shared;
    if (to != null) {
      to.cutLaggards(why);
    }
  }

  @Override
  public void append(ByteBuf part) {
    int more = part.readableBytes();
    if (more == 0) {
      return;
    }
    if (phase == Phase.PASSING) {
      pass(part);
      return;
    }
    if (!isCollecting()) {
      return;
    }
    if (more > maxEntry - length) {
      giveUp();
      pass(part);
      return;
    }
    int needed = length + more;
    if (needed > body.length) {
      int doubled = (int) Math.min(maxEntry, Math.max(FIRST_PART, 2L * body.length));
      int capacity = Math.max(needed, doubled);
      if (!reserve(capacity - body.length)) {
        giveUp();
        pass(part);
        return;
      }
      body = Arrays.copyOf(body, capacity);
    }
    part.getBytes(part.readerIndex(), body, length, more);
    length = needed;
  }

  private void pass(ByteBuf part) {
    SharedBody to = shared;
    if (to != null && phase == Phase.PASSING) {
      to.offer(part);
    }
  }

  @Override
  public boolean isCollecting() {
    Phase now = phase;
    return now == Phase.OPEN || now == Phase.FINISHING;
  }

  @Override
  public boolean isWanted() {
    return phase != Phase.ENDED;
  }

  @Override
  public int followers() {
    synchronized (lock) {
      return followers.size();
    }
  }

  @Override
  public @Nullable CachedResponse finish(int status, HttpHeaders headers, Freshness freshness) {
    synchronized (lock) {
      if (phase != Phase.OPEN) {
        return null;
      }
      phase = Phase.FINISHING;
    }
    FollowResult result = new FollowResult.FetchYourself(BypassReason.NOT_SHARED);
    try {
      byte[] whole = length == body.length ? body : Arrays.copyOf(body, length);
      Duration ttl =
          !purged && SharedHeaders.areStorable(headers) ? freshness.ttl(whole) : Duration.ZERO;
      CachedResponse response = owner.response(status, SharedHeaders.kept(headers), whole, ttl);
      if (SharedHeaders.areShareable(headers)) {
        result = new FollowResult.Answered(response);
      }
      if (ttl.compareTo(Duration.ZERO) > 0) {
        StoredAnswer stored = new StoredAnswer(key, response, sequence);
        owner.store(stored);
        // A purge marks the fills first and empties the store then: either it found the answer
        // there, or its mark is seen here.
        if (purged) {
          owner.purge(stored);
        }
      }
      return response;
    } finally {
      end(result);
    }
  }

  @Override
  public void fail(Throwable error) {
    end(new FollowResult.Failed(error));
  }

  @Override
  public void abandon() {
    end(new FollowResult.FetchYourself(BypassReason.NOT_SHARED));
  }

  @Override
  public boolean leaderLeft(Runnable cancel) {
    synchronized (lock) {
      if (isUnderWay() && !followers.isEmpty()) {
        this.cancel = cancel;
        return false;
      }
    }
    abandon();
    return true;
  }

  /** Ends with an answer that turned out to be in the store. */
  void end(CachedResponse response) {
    end(new FollowResult.Answered(response));
  }

  private boolean isUnderWay() {
    return phase == Phase.OPEN || phase == Phase.PASSING;
  }

  /** Ends with too much, but for those who have begun to read. */
  private void giveUp() {
    FollowResult alone = new FollowResult.FetchYourself(BypassReason.TOO_LARGE);
    SharedBody to = shared;
    if (to == null || !to.hasReaders()) {
      if (end(alone)) {
        owner.tooLarge(key);
      }
      return;
    }
    to.publish(body, length);
    List<Follower> waiting = new ArrayList<>();
    synchronized (lock) {
      if (phase != Phase.OPEN) {
        return;
      }
      phase = Phase.PASSING;
      offered = null;
      for (Follower follower : followers) {
        if (!follower.reads) {
          waiting.add(follower);
        }
      }
      followers.removeAll(waiting);
      to.handOver();
    }
    owner.ended(this);
    owner.tooLarge(key);
    body = NOTHING;
    for (Follower follower : waiting) {
      follower.end(alone);
    }
  }

  private boolean end(FollowResult result) {
    List<Follower> waiting;
    synchronized (lock) {
      if (phase == Phase.ENDED) {
        return false;
      }
      if (phase != Phase.PASSING) {
        owner.release(reserved);
        reserved = 0;
      }
      phase = Phase.ENDED;
      offered = null;
      waiting = List.copyOf(followers);
      followers.clear();
      cancel = null;
    }
    owner.ended(this);
    SharedBody to = shared;
    if (to != null) {
      to.end(
          result instanceof FollowResult.Failed failed
              ? failed.error()
              : new IllegalStateException("the shared fetch was given up"));
    }
    body = NOTHING;
    length = 0;
    for (Follower follower : waiting) {
      follower.end(result);
    }
    return true;
  }

  /** Gives back what was collected of an answer that is passed on. */
  private void release() {
    synchronized (lock) {
      owner.release(reserved);
      reserved = 0;
    }
  }

  private boolean reserve(int bytes) {
    synchronized (lock) {
      if (phase == Phase.ENDED || !owner.reserve(bytes)) {
        return false;
      }
      reserved += bytes;
      return true;
    }
  }

  private final class Follower implements Lookup.Place {
    private final CompletableFuture<FollowResult> result = new CompletableFuture<>();
    private final CompletableFuture<FollowResult> begun = new CompletableFuture<>();

    /** Whether this reads while it comes; guarded by the lock. */
    private boolean reads;

    void begin(Head head) {
      begun.complete(
          new FollowResult.Coming(head.status(), head.headers(), loop -> open(head, loop)));
    }

    void end(FollowResult how) {
      result.complete(how);
      begun.complete(how);
    }

    private @Nullable BodySource open(Head head, EventExecutor loop) {
      synchronized (lock) {
        if (phase != Phase.OPEN || offered == null || !followers.contains(this)) {
          return null;
        }
        reads = true;
        FillReader reader = new FillReader(head.body(), loop, head.length(), this::leave);
        head.body().add(reader);
        return reader;
      }
    }

    @Override
    public void leave() {
      Runnable toRun;
      synchronized (lock) {
        if (!followers.remove(this) || !followers.isEmpty() || cancel == null || !isUnderWay()) {
          return;
        }
        toRun = cancel;
        if (phase == Phase.OPEN) {
          owner.release(reserved);
          reserved = 0;
        }
        phase = Phase.ENDED;
        cancel = null;
      }
      owner.ended(CollectingFill.this);
      toRun.run();
    }
  }
}
