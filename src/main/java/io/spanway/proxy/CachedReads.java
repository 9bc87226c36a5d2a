// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CacheKey;
import io.spanway.cache.CacheKeyBuilder;
import io.spanway.cache.CachePolicy;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.CachedResponse;
import io.spanway.cache.Fill;
import io.spanway.cache.FollowResult;
import io.spanway.cache.HeldLogs;
import io.spanway.cache.Lookup;
import io.spanway.cache.ResponseCache;
import io.spanway.cache.SharedAsk;
import io.spanway.cache.WindowAsk;
import io.spanway.cache.WindowQuestion;
import io.spanway.http.LokiTimes;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.route.RouteMatch;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads through the cache: an answer that is held, one that somebody is fetching already, or a
 * fetch of our own that others may join. Thread-safe; each read stays on its exchange's event loop.
 */
final class CachedReads {
  /** Writing this many bytes takes about two milliseconds. */
  static final int INLINE_BYTES = 128 * 1024;

  private final Upstreams upstreams;
  private final ResponseCache cache;
  private final CachePolicy policy;
  private final AnswerInspection inspection;
  private final Executor worker;
  private final InstantSource clock;

  CachedReads(
      Upstreams upstreams,
      ResponseCache cache,
      CachePolicy policy,
      AnswerInspection inspection,
      Executor worker,
      InstantSource clock) {
    this.upstreams = upstreams;
    this.cache = cache;
    this.policy = policy;
    this.inspection = inspection;
    this.worker = worker;
    this.clock = clock;
  }

  /**
   * Reads. The answer may be there before this returns.
   *
   * @return gives the read up: its handler is told nothing more, and the fetch ends unless somebody
   *     else waits for it. Harmless after the answer
   */
  Runnable read(Exchange exchange, Read read, ReadHandler handler) {
    CachePolicy.Use use =
        policy.use(read.match(), read.head().method(), read.head(), exchange.caller());
    BypassReason bypass = use.bypass();
    if (bypass != null) {
      cache.bypass(read.match().operation(), bypass);
      return fetch(exchange, read, handler, null, bypass.headerText());
    }
    long nowNs = nowNs();
    RouteMatch match = read.match();
    String upstream = upstreams.of(match.operation().backend()).fingerprint();
    CacheKey key =
        CacheKeyBuilder.build(
            match, read.parameters(), read.head(), exchange.caller(), upstream, nowNs);
    if (!use.refresh() && gaveAbsence(exchange, read, handler, key)) {
      return () -> {};
    }
    WindowQuestion question =
        WindowQuestion.of(
            match, read.parameters(), read.head(), exchange.caller(), upstream, nowNs);
    WindowAsk ask = question == null ? null : cache.ask(question);
    ReadHandler guarded =
        new StaleIfError(this, exchange, read, handler, () -> cache.stale(key, ask));
    Lookup lookup = cache.begin(key, use.refresh(), ask);
    if (lookup instanceof Lookup.Part part && ask != null) {
      if (read.streams() && exchange.isMemoryTight()) {
        // What is missing would be held to be joined; all of it can pass through.
        return fetch(exchange, read, guarded, null, BypassReason.MEMORY.headerText());
      }
      GapRead gap = new GapRead(this, exchange, read, guarded, part);
      return gap.start(ask.about(part.gap().question()), upstream);
    }
    if (lookup instanceof Lookup.Logs held) {
      HeldLogs logs = held.logs();
      Written written = new Written(logs.bytes(), logs::write, CacheStatus.HIT, logs.age());
      return give(exchange, read, handler, written);
    }
    return begun(
        exchange,
        read,
        guarded,
        lookup,
        (status, type, body) -> {
          keep(ask, status, type, body);
          return inspection.ttl(read, status, type, body, nowNs);
        });
  }

  /** Reads the gap of an answer that is held otherwise. */
  Runnable readGap(
      Exchange exchange, Read gap, ReadHandler handler, WindowAsk ask, String upstream) {
    CacheKey key =
        CacheKeyBuilder.build(
            gap.match(),
            gap.parameters(),
            gap.head(),
            exchange.caller(),
            upstream,
            ask.question().nowNs());
    return begun(
        exchange,
        gap,
        handler,
        cache.beginGap(key),
        (status, type, body) -> {
          keep(ask, status, type, body);
          // Nobody asks for just that again.
          return Duration.ZERO;
        });
  }

  /** Reads past the cache, since what it had was of no use. */
  Runnable readAll(Exchange exchange, Read read, ReadHandler handler) {
    return fetch(exchange, read, handler, null, CacheStatus.MISS.id());
  }

  private void keep(@Nullable WindowAsk ask, int status, @Nullable String type, byte[] body) {
    if (ask != null && status == 200) {
      cache.keep(ask, type, body);
    }
  }

  private Runnable begun(
      Exchange exchange,
      Read read,
      ReadHandler handler,
      Lookup lookup,
      LeaderFetch.Filling.Policy filled) {
    if (lookup instanceof Lookup.Lead lead) {
      return lead(exchange, read, handler, lead.fill(), filled);
    }
    if (lookup instanceof Lookup.Follow follow) {
      return follow(exchange, read, handler, follow);
    }
    if (lookup instanceof Lookup.Hit hit) {
      give(read, handler, hit.response(), CacheStatus.HIT, hit.age());
    }
    if (lookup instanceof Lookup.Elsewhere elsewhere) {
      return ask(exchange, elsewhere.ask(), found -> begun(exchange, read, handler, found, filled));
    }
    return () -> {};
  }

  /** Looks into what replicas share, and goes on with what is found there. */
  private static Runnable ask(
      Exchange exchange, SharedAsk ask, Function<Lookup, Runnable> whenFound) {
    boolean[] left = new boolean[1];
    Runnable[] own = new Runnable[1];
    Runnable leave =
        () -> {
          left[0] = true;
          if (own[0] != null) {
            own[0].run();
          }
        };
    exchange.onAbandon(leave);
    ask.start(
        exchange.loop(),
        found ->
            exchange.guarded(
                () -> {
                  if (!left[0]) {
                    own[0] = whenFound.apply(found);
                  } else if (found instanceof Lookup.Lead lead) {
                    // Those who joined meanwhile fetch for themselves.
                    lead.fill().abandon();
                  }
                }));
    return leave;
  }

  /** Answers for a trace of which Tempo has just said, on either path, that it is absent. */
  private boolean gaveAbsence(Exchange exchange, Read read, ReadHandler handler, CacheKey key) {
    if (!AbsentTraces.mayBeAnswered(read)) {
      return false;
    }
    Lookup.Hit hit =
        cache.findInstead(
            key,
            () ->
                CacheKeyBuilder.ofSameTrace(
                    read.match(),
                    read.parameters(),
                    read.head(),
                    exchange.caller(),
                    upstreams.of(read.match().operation().backend()).fingerprint()),
            AbsentTraces::isAbsence);
    if (hit == null) {
      return false;
    }
    handler.onWhole(AbsentTraces.answer(hit.age()));
    return true;
  }

  private Runnable lead(
      Exchange exchange,
      Read read,
      ReadHandler handler,
      Fill fill,
      LeaderFetch.Filling.Policy filled) {
    if (exchange.isMemoryTight()) {
      // The client's answer can do without the cache; those who joined fetch for themselves.
      fill.abandon();
      return fetch(exchange, read, handler, null, BypassReason.MEMORY.headerText());
    }
    LeaderFetch.Filling filling = new LeaderFetch.Filling(fill, filled);
    try {
      return fetch(exchange, read, handler, filling, CacheStatus.MISS.id());
    } catch (RuntimeException e) {
      // Nobody may wait for a fetch that was never made.
      fill.fail(e);
      throw e;
    }
  }

  /** Bytes up to which an answer is collected that is put together. */
  long maxCollected(Read read) {
    return read.streams() ? cache.maxEntryBytes() : read.maxBytes();
  }

  /**
   * Gives an answer of about {@code bytes} that is yet to be written, here or, when that would take
   * long, by a worker.
   */
  Runnable give(Exchange exchange, Read read, ReadHandler handler, Written written) {
    if (written.bytes() <= INLINE_BYTES) {
      give(read, handler, written.writer().get(), written.status(), written.age());
      return () -> {};
    }
    boolean[] left = new boolean[1];
    offLoop(
        exchange,
        () -> {
          CachedResponse response = written.writer().get();
          exchange.onLoop(
              () -> {
                if (!left[0]) {
                  give(read, handler, response, written.status(), written.age());
                }
              });
        });
    return () -> left[0] = true;
  }

  void offLoop(Exchange exchange, Runnable task) {
    exchange.offLoop(worker, task);
  }

  /** An answer to be written. */
  record Written(long bytes, Supplier<CachedResponse> writer, CacheStatus status, Duration age) {}

  /** Gives what somebody else fetched, within the bound that a fetch of its own would have. */
  static void give(
      Read read, ReadHandler handler, CachedResponse response, CacheStatus status, Duration age) {
    if (!read.streams() && response.body().length > read.maxBytes()) {
      ProxyError error = ProxyError.HTTP_RESPONSE_TOO_LARGE;
      handler.onFailure(
          error,
          Upstreams.message(error, read.match().operation().backend()),
          "an answer of more than " + read.maxBytes() + " bytes",
          status.id());
      return;
    }
    handler.onWhole(
        new ReadHandler.WholeAnswer(
            response.status(),
            response.headers(),
            response.body(),
            status.id(),
            age.toSeconds(),
            response));
  }

  private Runnable follow(Exchange exchange, Read read, ReadHandler handler, Lookup.Follow follow) {
    boolean[] left = new boolean[1];
    Runnable[] own = new Runnable[1];
    Runnable leave =
        () -> {
          left[0] = true;
          follow.place().leave();
          if (own[0] != null) {
            own[0].run();
          }
        };
    exchange.onAbandon(leave);
    Consumer<FollowResult> atEnd =
        result -> {
          if (!left[0]) {
            exchange.guarded(() -> own[0] = followed(exchange, read, handler, result));
          }
        };
    Consumer<FollowResult> begun =
        result -> {
          if (result instanceof FollowResult.Coming coming) {
            if (!left[0] && !gaveComing(exchange, handler, coming)) {
              var unused = follow.result().thenAcceptAsync(atEnd, exchange.loop());
            }
          } else {
            atEnd.accept(result);
          }
        };
    var unused =
        read.streams()
            ? follow.begun().thenAcceptAsync(begun, exchange.loop())
            : follow.result().thenAcceptAsync(atEnd, exchange.loop());
    return leave;
  }

  /** Passes on what is still coming; false when it is too late for that. */
  private static boolean gaveComing(
      Exchange exchange, ReadHandler handler, FollowResult.Coming coming) {
    BodySource body = coming.opening().open(exchange.loop());
    if (body == null) {
      return false;
    }
    ResponseHead head = new ResponseHead(coming.status(), coming.headers().copy());
    exchange.guarded(() -> handler.onStream(head, body, CacheStatus.COALESCED.id()));
    return true;
  }

  private @Nullable Runnable followed(
      Exchange exchange, Read read, ReadHandler handler, FollowResult result) {
    if (result instanceof FollowResult.Answered answered) {
      give(read, handler, answered.response(), CacheStatus.COALESCED, Duration.ZERO);
    } else if (result instanceof FollowResult.Failed failed) {
      ProxyError error =
          failed.error() instanceof UpstreamException upstream
              ? upstream.error()
              : ProxyError.PROXY_INTERNAL_ERROR;
      handler.onFailure(
          error,
          Upstreams.message(error, read.match().operation().backend()),
          String.valueOf(failed.error().getMessage()),
          CacheStatus.COALESCED.id());
    } else if (result instanceof FollowResult.FetchYourself past) {
      return fetch(exchange, read, handler, null, past.reason().headerText());
    }
    return null;
  }

  private Runnable fetch(
      Exchange exchange,
      Read read,
      ReadHandler handler,
      LeaderFetch.@Nullable Filling filling,
      String status) {
    LeaderFetch leader = new LeaderFetch(exchange, read, handler, filling, status, worker);
    boolean post = read.form().length > 0;
    BodySource body = post ? Bodies.of(read.form()) : Bodies.empty();
    // The answer is kept decoded; between neighbours, compressing costs more than it saves.
    HttpHeaders headers = read.headers().get();
    headers.set(HttpHeaderNames.ACCEPT_ENCODING, "identity");
    OutboundRequest request = new OutboundRequest(post ? "POST" : "GET", read.target(), headers);
    UpstreamCall call = upstreams.send(exchange, read.match().operation(), request, body, leader);
    leader.sent(call);
    return leader::leave;
  }

  private long nowNs() {
    return LokiTimes.nowNs(clock);
  }
}
