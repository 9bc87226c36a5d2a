// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.upstream.Replica;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Something that Spanway asks an upstream on its own account; one request at a time, which can be
 * given up; of one replica, or of any. Confined to its event loop.
 */
final class UpstreamQuestion {
  private static final int MAX_BYTES = 4 << 20;
  private static final byte[] NOTHING = {};

  private final EventLoop loop;
  private final Backend backend;
  private final @Nullable Replica replica;
  private @Nullable Attempt pending;

  UpstreamQuestion(EventLoop loop, Backend backend, @Nullable Replica replica) {
    this.loop = loop;
    this.backend = backend;
    this.replica = replica;
  }

  /** Gets the answer. */
  @FunctionalInterface
  interface Answer {
    /** Told the status, 0 when there was none, and the body, empty when it was not whole. */
    void came(int status, byte[] body);
  }

  boolean isPending() {
    return pending != null;
  }

  /** Asks; what was asked before and is not answered is given up. */
  void ask(String target, Answer answer) {
    giveUp();
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.USER_AGENT, "spanway");
    backend.identify(headers);
    Attempt attempt = new Attempt(answer);
    pending = attempt;
    try {
      OutboundRequest request = new OutboundRequest("GET", target, headers);
      UpstreamClient client = backend.client();
      attempt.call =
          replica == null
              ? client.send(loop, request, Bodies.empty(), attempt)
              : client.send(loop, replica, request, Bodies.empty(), attempt);
    } catch (RejectedExecutionException e) {
      attempt.finish(0, NOTHING);
    }
  }

  /** Gives up what is not answered yet: its connection is closed, nobody is told. */
  void giveUp() {
    Attempt attempt = pending;
    pending = null;
    if (attempt != null) {
      attempt.cancel();
    }
  }

  /** One request. */
  private final class Attempt implements ResponseHandler, BodyCollector.Callback {
    private final Answer answer;
    private @Nullable UpstreamCall call;
    private @Nullable BodyCollector body;
    private int status;

    Attempt(Answer answer) {
      this.answer = answer;
    }

    /** The collector first: the call knows nothing of the bytes that it holds. */
    void cancel() {
      BodyCollector collecting = body;
      if (collecting != null) {
        collecting.cancel();
      }
      UpstreamCall sent = call;
      if (sent != null) {
        sent.cancel();
      }
    }

    @Override
    public void onResponse(ResponseHead head, BodySource source) {
      status = head.status();
      body = BodyCollector.collect(source, MAX_BYTES, this);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      finish(0, NOTHING);
    }

    @Override
    public void complete(ByteBuf whole, HttpHeaders trailers) {
      finish(status, Bodies.bytes(whole));
    }

    @Override
    public void tooLarge(BodySource whole) {
      whole.cancel();
      finish(status, NOTHING);
    }

    @Override
    public void failed(Throwable cause) {
      finish(status, NOTHING);
    }

    private void finish(int with, byte[] bytes) {
      if (pending == this) {
        pending = null;
        answer.came(with, bytes);
      }
    }
  }
}
