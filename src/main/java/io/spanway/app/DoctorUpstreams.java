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
import io.spanway.doctor.UpstreamAsker;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.route.BackendKind;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks the upstreams for the doctor: by the gateway's own clients, from a thread that may wait. */
final class DoctorUpstreams implements UpstreamAsker {
  private static final int MAX_BYTES = 32 << 20;
  private static final long TIMEOUT_SECONDS = 15;
  private static final byte[] NOTHING = {};

  private final EventLoop loop;
  private final Backend loki;
  private final Backend tempo;
  private final @Nullable String tenant;

  /**
   * Creates one.
   *
   * @param tenant in whose name is asked where the configuration names nobody; null for nobody's
   */
  DoctorUpstreams(EventLoop loop, Backend loki, Backend tempo, @Nullable String tenant) {
    this.loop = loop;
    this.loki = loki;
    this.tempo = tempo;
    this.tenant = tenant;
  }

  @Override
  public @Nullable String tenant(BackendKind upstream) {
    String own = backend(upstream).tenant();
    return own == null ? tenant : own;
  }

  private Backend backend(BackendKind upstream) {
    return upstream == BackendKind.TEMPO ? tempo : loki;
  }

  @Override
  public Reply ask(BackendKind upstream, String target, String accept) throws InterruptedException {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.USER_AGENT, "spanway-doctor");
    headers.set(HttpHeaderNames.ACCEPT, accept);
    if (tenant != null) {
      headers.set("X-Scope-OrgID", tenant);
    }
    backend(upstream).identify(headers);
    Attempt attempt = new Attempt();
    try {
      loop.execute(
          () -> attempt.send(backend(upstream), new OutboundRequest("GET", target, headers)));
      return attempt.reply.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      loop.execute(attempt::cancel);
      return none("no answer in " + TIMEOUT_SECONDS + " s");
    } catch (ExecutionException | RejectedExecutionException e) {
      return none(String.valueOf(e.getMessage()));
    }
  }

  private static Reply none(String problem) {
    return new Reply(0, NOTHING, null, problem);
  }

  /** One request. Confined to the event loop but for its reply. */
  private final class Attempt implements ResponseHandler, BodyCollector.Callback {
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();
    private @Nullable UpstreamCall call;
    private @Nullable BodyCollector body;
    private int status;
    private @Nullable String date;

    void send(Backend backend, OutboundRequest request) {
      try {
        call = backend.client().send(loop, request, Bodies.empty(), this);
      } catch (RuntimeException e) {
        reply.complete(none(String.valueOf(e.getMessage())));
      }
    }

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
      date = head.headers().get(HttpHeaderNames.DATE);
      body = BodyCollector.collect(source, MAX_BYTES, this);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      reply.complete(none(String.valueOf(failure.getMessage())));
    }

    @Override
    public void complete(ByteBuf whole, HttpHeaders trailers) {
      reply.complete(new Reply(status, Bodies.bytes(whole), date, ""));
    }

    @Override
    public void tooLarge(BodySource whole) {
      whole.cancel();
      reply.complete(none("an answer of more than " + MAX_BYTES + " bytes"));
    }

    @Override
    public void failed(Throwable cause) {
      reply.complete(none(String.valueOf(cause.getMessage())));
    }
  }
}
