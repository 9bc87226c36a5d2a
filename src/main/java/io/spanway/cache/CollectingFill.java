// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
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
 * fill leaves the cache's books; {@code ENDED} takes nobody.
 */
final class CollectingFill implements Fill {
  private enum Phase {
    OPEN,
    FINISHING,
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
  private Phase phase = Phase.OPEN;
  private long reserved;
  private @Nullable Runnable cancel;

  private byte[] body = NOTHING;
  private int length;

  private volatile boolean purged;

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
    synchronized (lock) {
      if (phase == Phase.ENDED || purged) {
        return null;
      }
      followers.add(follower);
    }
    return new Lookup.Follow(follower.result.minimalCompletionStage(), follower);
  }

  /** Forbids the store to keep the answer and later requests to join. */
  void purge() {
    purged = true;
  }

  @Override
  public void expect(long length) {
    if (length > maxEntry) {
      giveUp();
    }
  }

  @Override
  public void append(ByteBuf part) {
    int more = part.readableBytes();
    if (more == 0 || !isCollecting()) {
      return;
    }
    if (more > maxEntry - length) {
      giveUp();
      return;
    }
    int needed = length + more;
    if (needed > body.length) {
      int doubled = (int) Math.min(maxEntry, Math.max(FIRST_PART, 2L * body.length));
      int capacity = Math.max(needed, doubled);
      if (!reserve(capacity - body.length)) {
        giveUp();
        return;
      }
      body = Arrays.copyOf(body, capacity);
    }
    part.getBytes(part.readerIndex(), body, length, more);
    length = needed;
  }

  @Override
  public boolean isCollecting() {
    synchronized (lock) {
      return phase != Phase.ENDED;
    }
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
      if (phase == Phase.OPEN && !followers.isEmpty()) {
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

  private void giveUp() {
    if (end(new FollowResult.FetchYourself(BypassReason.TOO_LARGE))) {
      owner.tooLarge(key);
    }
  }

  private boolean end(FollowResult result) {
    List<Follower> waiting;
    synchronized (lock) {
      if (phase == Phase.ENDED) {
        return false;
      }
      phase = Phase.ENDED;
      waiting = List.copyOf(followers);
      followers.clear();
      cancel = null;
      owner.release(reserved);
      reserved = 0;
    }
    owner.ended(this);
    body = NOTHING;
    length = 0;
    for (Follower follower : waiting) {
      follower.result.complete(result);
    }
    return true;
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

    @Override
    public void leave() {
      Runnable toRun;
      synchronized (lock) {
        if (!followers.remove(this)
            || !followers.isEmpty()
            || cancel == null
            || phase != Phase.OPEN) {
          return;
        }
        toRun = cancel;
        phase = Phase.ENDED;
        cancel = null;
        owner.release(reserved);
        reserved = 0;
      }
      owner.ended(CollectingFill.this);
      toRun.run();
    }
  }
}
