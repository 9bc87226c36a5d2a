// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.body.ContentDecoder;
import io.spanway.body.TransformingSource;
import io.spanway.cache.Fill;
import io.spanway.http.ContentCoding;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fetch from an upstream, for the request that started it and, when it fills the cache, for
 * those that join it.
 *
 * <p><b>Streaming.</b> The first client gets the answer as it comes. As long as the cache collects
 * it, the upstream is read at full speed, so that a slow client holds up nobody who waits; what is
 * in memory is bounded by the largest entry. Beyond that the speed of the slowest counts who has
 * begun to read, the client or one who joined; who holds up others for long is cut off.
 *
 * <p><b>Leaving.</b> A first client that goes away ends the fetch only when nobody else waits.
 *
 * <p><b>Large answers.</b> What the cache wants to know of one is found out on a worker, after the
 * client has all of it.
 *
 * <p>Confined to the exchange's event loop.
 */
final class LeaderFetch implements ResponseHandler, BodySink, BodySource {
  /** What a fetch does for the cache. */
  record Filling(Fill fill, Policy policy) {
    /** How long an answer may be used. */
    interface Policy {
      Duration ttl(int status, @Nullable String contentType, byte[] body);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(LeaderFetch.class);

  /** Looking into this many bytes, and taking log entries out, takes about two milliseconds. */
  private static final int INLINE_BYTES = 128 * 1024;

  /** Bytes that a compressed answer may inflate to while it streams: it is bounded elsewhere. */
  private static final long MAX_INFLATED = 4L << 30;

  private final Exchange exchange;
  private final Read read;
  private final ReadHandler handler;
  private final @Nullable Filling filling;
  private final String status;
  private final Executor worker;
  private final Patience patience;

  private @Nullable UpstreamCall call;
  private @Nullable BodySource source;
  private @Nullable BodyCollector collector;
  private @Nullable BodySink client;
  private @Nullable HttpHeaders kept;
  private int answerStatus;
  private long bytes;
  private boolean started;
  private boolean left;
  private boolean over;

  LeaderFetch(
      Exchange exchange,
      Read read,
      ReadHandler handler,
      @Nullable Filling filling,
      String status,
      Executor worker) {
    this.exchange = exchange;
    this.read = read;
    this.handler = handler;
    this.filling = filling;
    this.status = status;
    this.worker = worker;
    this.patience = new Patience(exchange.loop(), this::cut);
  }

  /** Learns how to give the request up. */
  void sent(UpstreamCall sent) {
    call = sent;
    exchange.onAbandon(this::leave);
  }

  /** Gives the fetch up for its own request; it goes on when others wait for it. */
  void leave() {
    if (left || over) {
      return;
    }
    left = true;
    client = null;
    if (filling == null || filling.fill().leaderLeft(() -> exchange.loop().execute(this::stop))) {
      stop();
    } else if (source != null) {
      // It may have waited for the client that is gone.
      source.resume();
    }
  }

  private void stop() {
    if (over) {
      return;
    }
    over = true;
    patience.end();
    if (filling != null) {
      filling.fill().abandon();
    }
    cancelSource();
    if (call != null) {
      call.cancel();
    }
  }

  private void cancelSource() {
    if (collector != null) {
      // Holds what came so far.
      collector.cancel();
    } else if (source != null) {
      source.cancel();
    }
  }

  @Override
  public void onResponse(ResponseHead head, BodySource body) {
    try {
      answered(head, body);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  /** Ends all there is: a fault must leave nobody waiting. */
  private void fault(RuntimeException e) {
    over = true;
    patience.end();
    if (filling != null) {
      filling.fill().fail(e);
    }
    cancelSource();
    if (call != null) {
      call.cancel();
    }
    exchange.broken(e);
  }

  private void answered(ResponseHead head, BodySource body) {
    HttpHeaders headers = HopByHopHeaders.copyEndToEnd(head.headers(), Set.of());
    ContentCoding coding = ContentCoding.of(headers);
    ContentDecoder decoder = ContentDecoder.of(coding, MAX_INFLATED);
    BodySource decoded = body;
    if (decoder != null) {
      decoded = new TransformingSource(body, decoder);
      headers.remove(HttpHeaderNames.CONTENT_ENCODING);
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    } else if (coding != ContentCoding.IDENTITY && filling != null) {
      // Asked for plain and got what we cannot read: it is this client's alone.
      filling.fill().abandon();
    }
    source = decoded;
    answerStatus = head.status();
    kept = headers.copy();
    if (!read.streams()) {
      collect(decoded);
      return;
    }
    if (filling != null) {
      filling.fill().expect(decoded.length());
      filling.fill().answering(head.status(), headers, () -> exchange.onLoop(this::resume));
    }
    if (left) {
      begin();
    } else {
      handler.onStream(new ResponseHead(head.status(), headers), this, status);
    }
  }

  private void collect(BodySource body) {
    BodyCollector made =
        BodyCollector.collect(
            new BudgetedBody(exchange, body),
            read.maxBytes(),
            new BodyCollector.Callback() {
              @Override
              public void complete(ByteBuf whole, HttpHeaders trailers) {
                try {
                  collected(whole);
                } finally {
                  whole.release();
                }
              }

              @Override
              public void tooLarge(BodySource whole) {
                whole.cancel();
                if (filling != null) {
                  // Too large for this request is not too large for those who stream.
                  filling.fill().abandon();
                }
                LeaderFetch.this.fail(
                    new UpstreamException(
                        ProxyError.HTTP_RESPONSE_TOO_LARGE,
                        "an answer of more than " + read.maxBytes() + " bytes"));
              }

              @Override
              public void failed(Throwable cause) {
                LeaderFetch.this.fail(cause);
              }
            });
    collector = made;
  }

  private void collected(ByteBuf whole) {
    over = true;
    byte[] all = ByteBufUtil.getBytes(whole);
    bytes = all.length;
    if (filling != null) {
      filling.fill().append(whole);
      finish(filling);
    }
    if (!left) {
      exchange.guarded(
          () ->
              handler.onWhole(
                  new ReadHandler.WholeAnswer(answerStatus, headers(), all, status, 0, null)));
    }
  }

  /** Gives the cache its answer, now or, when that would take long, by a worker. */
  private void finish(Filling to) {
    if (bytes <= INLINE_BYTES || !to.fill().isCollecting()) {
      store(to);
      return;
    }
    try {
      // From here on only the worker touches the fill.
      worker.execute(() -> store(to));
    } catch (RejectedExecutionException e) {
      to.fill().abandon();
    }
  }

  private void store(Filling to) {
    HttpHeaders headers = headers();
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    try {
      to.fill().finish(answerStatus, headers, body -> to.policy().ttl(answerStatus, type, body));
    } catch (RuntimeException e) {
      // Its client has the answer all the same.
      LOG.warn("an answer of {} is not stored", read.match().operation().id(), e);
      to.fill().abandon();
    }
  }

  private HttpHeaders headers() {
    HttpHeaders headers = kept;
    if (headers == null) {
      throw new IllegalStateException("no answer");
    }
    return headers;
  }

  @Override
  public void onFailure(UpstreamException failure) {
    fail(failure);
  }

  // What the upstream's body pushes into.

  @Override
  public void write(ByteBuf chunk) {
    bytes += chunk.readableBytes();
    if (filling != null) {
      if (filling.fill().isCollecting()) {
        if (exchange.isMemoryTight() && filling.fill().followers() == 0) {
          // Requests come before what the cache would keep. From here on the client sets the pace.
          filling.fill().abandon();
        } else {
          exchange.holdForCache(chunk.readableBytes());
        }
      }
      filling.fill().append(chunk);
    }
    BodySink to = client;
    if (to != null) {
      to.write(chunk);
    } else {
      chunk.release();
      if (filling == null || !filling.fill().isWanted()) {
        stop();
      }
    }
  }

  @Override
  public void flush() {
    if (filling != null && !over) {
      filling.fill().share();
    }
    BodySink to = client;
    if (to != null) {
      to.flush();
    }
  }

  @Override
  public void end(HttpHeaders trailers) {
    if (over) {
      return;
    }
    over = true;
    patience.end();
    if (filling != null) {
      filling.fill().seal();
      finish(filling);
    }
    BodySink to = client;
    if (to != null) {
      to.end(trailers);
    }
  }

  @Override
  public void fail(Throwable cause) {
    if (over) {
      return;
    }
    over = true;
    patience.end();
    // What cannot be decoded is the upstream's fault, for whoever waits for it.
    UpstreamException failure =
        cause instanceof UpstreamException upstream
            ? upstream
            : new UpstreamException(
                ProxyError.HTTP_RESPONSE_UNREADABLE, String.valueOf(cause.getMessage()));
    if (filling != null) {
      filling.fill().fail(failure);
    }
    BodySink to = client;
    if (to != null) {
      to.fail(failure);
    } else if (!left) {
      ProxyError error = failure.error();
      exchange.guarded(
          () ->
              handler.onFailure(
                  error,
                  Upstreams.message(error, read.match().operation().backend()),
                  String.valueOf(failure.getMessage()),
                  status));
    }
  }

  @Override
  public boolean isWritable() {
    BodySink to = client;
    if (filling == null) {
      return to == null || to.isWritable();
    }
    Fill fill = filling.fill();
    if (fill.isCollecting()) {
      return true;
    }
    boolean waits = fill.isHeldBack();
    boolean writable = to == null || to.isWritable();
    if (waits || (!writable && fill.followers() > 0)) {
      patience.begin();
    }
    return writable && !waits;
  }

  /** Ends the answers of those for whom others have waited for long. */
  private void cut() {
    if (over || filling == null) {
      return;
    }
    UpstreamException why =
        new UpstreamException(
            ProxyError.HTTP_RESPONSE_TOO_LARGE,
            "a client that shares an answer too large to hold takes it too slowly");
    BodySink to = client;
    if (to != null && !to.isWritable() && filling.fill().followers() > 0) {
      client = null;
      to.fail(why);
      leave();
    }
    filling.fill().cutLaggards(why);
    resume();
  }

  // What the client's answer is fed from.

  @Override
  public void start(BodySink to) {
    client = to;
    begin();
  }

  private void begin() {
    started = true;
    body().start(this);
  }

  @Override
  public void resume() {
    BodySource from = source;
    if (from != null && !over && isWritable()) {
      patience.end();
      from.resume();
    }
  }

  @Override
  public void cancel() {
    leave();
    if (!started && !over && source != null) {
      // The client left before its answer began; somebody else waits for it.
      begin();
    }
  }

  @Override
  public long length() {
    return body().length();
  }

  private BodySource body() {
    BodySource from = source;
    if (from == null) {
      throw new IllegalStateException("no answer");
    }
    return from;
  }
}
