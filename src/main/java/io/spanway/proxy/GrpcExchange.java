// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.http.GrpcRequests;
import io.spanway.http.GrpcStatus;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Passes a gRPC call on and its answer back, message by message as they come: Spanway looks into
 * none. Whatever goes wrong reaches the client as a status with a sentence, not as an error of
 * HTTP, which gRPC's clients make nothing of.
 */
final class GrpcExchange {
  /** How much longer than the client Spanway waits, so that the upstream is the one to say so. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** A deadline beyond this is none. */
  private static final Duration FOR_EVER = Duration.ofDays(365);

  /** Bytes of an answer that is not gRPC's in which its text is looked for. */
  private static final int MAX_TEXT = 16 << 10;

  private static final String LATE = "the deadline of the call has passed";

  private final Upstreams upstreams;
  private final OutboundHeaders outbound;

  GrpcExchange(Upstreams upstreams, OutboundHeaders outbound) {
    this.upstreams = upstreams;
    this.outbound = outbound;
  }

  /**
   * Runs the exchange.
   *
   * @param timeout how long the client waits, null for as long as it takes
   * @param body the request's body, taken
   */
  void run(Exchange exchange, @Nullable Duration timeout, BodySource body) {
    if (!exchange.server().isHttp2()) {
      body.cancel();
      // As gRPC's own servers answer it (grpc/grpc-go:internal/transport/handler_server.go).
      exchange.reject(
          ProxyError.HTTP_VERSION_NOT_SUPPORTED,
          "gRPC requires HTTP/2",
          "gRPC by HTTP/1.1; a proxy in front may have turned it into that");
      return;
    }
    HttpHeaders headers = outbound.forwarded(exchange);
    headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
    String query = exchange.request().target().rawQuery();
    String path = exchange.match().path();
    OutboundRequest request =
        new OutboundRequest("POST", query.isEmpty() ? path : path + "?" + query, headers);
    Call call = new Call(exchange);
    exchange.onAbandon(call::abandon);
    call.deadline(timeout);
    call.sent(upstreams.send(exchange, exchange.operation(), request, body, call));
  }

  /** What a client is told when an upstream fails. */
  private static String message(ProxyError error, Exchange exchange) {
    String name = exchange.operation().backend().id();
    return error == ProxyError.NOT_IMPLEMENTED
        ? name + " does not speak gRPC there: " + remedy(name)
        : Upstreams.message(error, exchange.operation().backend());
  }

  private static String remedy(String name) {
    return "set stream_over_http_enabled in " + name + ", or " + name + ".grpcUrls in Spanway";
  }

  /** A call on its way. Confined to the exchange's event loop. */
  private static final class Call implements ResponseHandler {
    private final Exchange exchange;
    private @Nullable UpstreamCall upstream;
    private @Nullable Future<?> timer;
    private long lateAtNanos;
    private boolean limited;
    private @Nullable GrpcBody answer;
    private @Nullable BodyCollector text;
    private boolean over;

    Call(Exchange exchange) {
      this.exchange = exchange;
    }

    void deadline(@Nullable Duration timeout) {
      if (timeout != null && timeout.compareTo(FOR_EVER) < 0) {
        limited = true;
        lateAtNanos = System.nanoTime() + timeout.toNanos();
        timer =
            exchange
                .loop()
                .schedule(
                    () -> exchange.guarded(this::late),
                    timeout.toNanos() + SLACK_NANOS,
                    TimeUnit.NANOSECONDS);
      }
    }

    void sent(UpstreamCall call) {
      upstream = call;
      if (over) {
        call.cancel();
      }
    }

    /** Says whether the deadline has passed: gRPC's servers then break off without a word. */
    private boolean isLate() {
      return limited && System.nanoTime() - lateAtNanos >= 0;
    }

    /** Nothing is waited for any more. */
    private void settle() {
      over = true;
      Future<?> ticking = timer;
      if (ticking != null) {
        ticking.cancel(false);
        timer = null;
      }
    }

    /** The client is gone. */
    void abandon() {
      settle();
      cancel();
    }

    private void cancel() {
      BodyCollector collecting = text;
      if (collecting != null) {
        collecting.cancel();
      }
      UpstreamCall call = upstream;
      if (call != null) {
        call.cancel();
      }
    }

    private void late() {
      if (over) {
        return;
      }
      settle();
      GrpcBody streaming = answer;
      if (streaming == null) {
        cancel();
        exchange.reject(ProxyError.DEADLINE_EXCEEDED, LATE, "no answer by then");
      } else {
        streaming.breakOff(ProxyError.DEADLINE_EXCEEDED, LATE);
        cancel();
      }
    }

    @Override
    public void onResponse(ResponseHead head, BodySource body) {
      HttpHeaders headers = HopByHopHeaders.copyEndToEnd(head.headers(), Set.of());
      GrpcStatus status = GrpcStatus.in(headers);
      if (head.status() == 200 && status != null) {
        // Trailers-only: the head is all there is.
        settle();
        body.cancel();
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        exchange.grpcStatus(status);
        exchange.respond(new ResponseHead(200, headers), Bodies.empty());
      } else if (head.status() == 200
          && GrpcRequests.isGrpc(headers.get(HttpHeaderNames.CONTENT_TYPE))) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        GrpcBody streaming = new GrpcBody(exchange, body, this::brokenOff, this::settle);
        answer = streaming;
        exchange.respond(new ResponseHead(200, headers), streaming);
      } else {
        readText(head, body);
      }
    }

    /** Ends an answer that the upstream did not. */
    private void brokenOff(GrpcBody streaming, ProxyError error, String why) {
      if (isLate()) {
        streaming.breakOff(ProxyError.DEADLINE_EXCEEDED, LATE);
      } else {
        exchange.failed(error, why);
        streaming.breakOff(error, message(error, exchange));
      }
    }

    /** Finds out what an answer that is not gRPC's wants to say. */
    private void readText(ResponseHead head, BodySource body) {
      if (head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)) {
        body.cancel();
        refused(head.status(), "");
        return;
      }
      text =
          BodyCollector.collect(
              body,
              MAX_TEXT,
              new BodyCollector.Callback() {
                @Override
                public void complete(ByteBuf whole, HttpHeaders trailers) {
                  refused(head.status(), Texts.firstLine(Bodies.bytes(whole)));
                }

                @Override
                public void tooLarge(BodySource whole) {
                  whole.cancel();
                  refused(head.status(), "");
                }

                @Override
                public void failed(Throwable cause) {
                  refused(head.status(), "");
                }
              });
    }

    private void refused(int status, String line) {
      settle();
      String name = exchange.operation().backend().id();
      String message = name + " answered " + status + (line.isEmpty() ? "" : ": " + line);
      GrpcStatus meaning = status < 400 ? GrpcStatus.INTERNAL : GrpcStatus.ofHttp(status);
      if (meaning == GrpcStatus.UNIMPLEMENTED) {
        message += " (no gRPC there? " + remedy(name) + ")";
      }
      exchange.failed(ProxyError.HTTP_RESPONSE_UNREADABLE, "not gRPC: " + message);
      exchange.reject(status < 400 ? 500 : status, ProxyError.HTTP_RESPONSE_UNREADABLE, message);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      settle();
      String why = String.valueOf(failure.getMessage());
      if (isLate()) {
        exchange.reject(ProxyError.DEADLINE_EXCEEDED, LATE, why);
      } else {
        exchange.reject(failure.error(), message(failure.error(), exchange), why);
      }
    }
  }
}
