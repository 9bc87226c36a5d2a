// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.cache.SharedLevel;
import io.spanway.doctor.UpstreamAsker;
import io.spanway.http.GrpcStatus;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.route.BackendKind;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamException;
import java.time.Duration;
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
  private final @Nullable SharedLevel shared;
  private final @Nullable String tenant;

  /**
   * Creates one.
   *
   * @param shared the cache that replicas share, null for none
   * @param tenant in whose name is asked where the configuration names nobody; null for nobody's
   */
  DoctorUpstreams(
      EventLoop loop,
      Backend loki,
      Backend tempo,
      @Nullable SharedLevel shared,
      @Nullable String tenant) {
    this.loop = loop;
    this.loki = loki;
    this.tempo = tempo;
    this.shared = shared;
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
    HttpHeaders headers = headers(backend(upstream)).set(HttpHeaderNames.ACCEPT, accept);
    OutboundRequest request = new OutboundRequest("GET", target, headers);
    return await(new Attempt(backend(upstream).client(), request, NOTHING)).reply();
  }

  /** Returns who asks, as the gateway itself would say it. */
  private HttpHeaders headers(Backend of) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.USER_AGENT, "spanway-doctor");
    if (tenant != null) {
      headers.set("X-Scope-OrgID", tenant);
    }
    of.identify(headers);
    return headers;
  }

  private record Ended(Reply reply, HttpHeaders head, HttpHeaders trailers) {}

  private Ended await(Attempt attempt) throws InterruptedException {
    try {
      loop.execute(attempt::send);
      return attempt.ended.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      loop.execute(attempt::cancel);
      return none("no answer in " + TIMEOUT_SECONDS + " s");
    } catch (ExecutionException | RejectedExecutionException e) {
      return none(String.valueOf(e.getMessage()));
    }
  }

  private static Ended none(String problem) {
    return new Ended(
        new Reply(0, NOTHING, null, problem), EmptyHttpHeaders.INSTANCE, EmptyHttpHeaders.INSTANCE);
  }

  @Override
  public GrpcReply call(String method, byte[] message) throws InterruptedException {
    HttpHeaders headers =
        headers(tempo)
            .set(HttpHeaderNames.CONTENT_TYPE, "application/grpc")
            .set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
    OutboundRequest request = new OutboundRequest("POST", method, headers);
    Ended ended = await(new Attempt(tempo.grpc(), request, message));
    int status = ended.reply().status();
    if (status == 0) {
      return new GrpcReply(null, ended.reply().problem());
    }
    HttpHeaders last =
        ended.trailers().contains(GrpcStatus.HEADER) ? ended.trailers() : ended.head();
    GrpcStatus grpc = GrpcStatus.in(last);
    String text = last.get(GrpcStatus.MESSAGE_HEADER, "");
    return grpc == null
        ? new GrpcReply(null, "it answers " + status + " without a grpc-status")
        : new GrpcReply(grpc, text);
  }

  @Override
  public @Nullable RedisReply redis() throws InterruptedException {
    SharedLevel level = shared;
    if (level == null) {
      return null;
    }
    try {
      Duration took = level.probe().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return new RedisReply(took, "");
    } catch (TimeoutException e) {
      return new RedisReply(null, "no answer in " + TIMEOUT_SECONDS + " s");
    } catch (ExecutionException e) {
      return new RedisReply(null, String.valueOf(root(e).getMessage()));
    }
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  @Override
  public TlsReply handshake(String host, int port, String name) {
    return TlsHandshake.with(host, port, name);
  }

  /** One request. Confined to the event loop but for how it ended. */
  private final class Attempt implements ResponseHandler, BodyCollector.Callback {
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();
    private final UpstreamClient client;
    private final OutboundRequest request;
    private final byte[] message;
    private @Nullable UpstreamCall call;
    private @Nullable BodyCollector body;
    private @Nullable ResponseHead head;

    Attempt(UpstreamClient client, OutboundRequest request, byte[] message) {
      this.client = client;
      this.request = request;
      this.message = message;
    }

    void send() {
      try {
        BodySource sent = message.length == 0 ? Bodies.empty() : Bodies.of(message);
        call = client.send(loop, request, sent, this);
      } catch (RuntimeException e) {
        ended.complete(none(String.valueOf(e.getMessage())));
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
    public void onResponse(ResponseHead answer, BodySource source) {
      head = answer;
      body = BodyCollector.collect(source, MAX_BYTES, this);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      ended.complete(none(String.valueOf(failure.getMessage())));
    }

    @Override
    public void complete(ByteBuf whole, HttpHeaders trailers) {
      byte[] bytes = Bodies.bytes(whole);
      ResponseHead answer = head;
      if (answer != null) {
        String date = answer.headers().get(HttpHeaderNames.DATE);
        Reply reply = new Reply(answer.status(), bytes, date, "");
        ended.complete(new Ended(reply, answer.headers(), trailers));
      }
    }

    @Override
    public void tooLarge(BodySource whole) {
      whole.cancel();
      ended.complete(none("an answer of more than " + MAX_BYTES + " bytes"));
    }

    @Override
    public void failed(Throwable cause) {
      ended.complete(none(String.valueOf(cause.getMessage())));
    }
  }
}
