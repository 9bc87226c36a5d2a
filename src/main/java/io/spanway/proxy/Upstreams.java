// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.http.TraceContext;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.upstream.Replica;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamException;
import io.spanway.upstream.UpstreamTunnel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The two upstreams, and what every request to them has in common. Thread-safe. */
public final class Upstreams {
  /**
   * One upstream and the identity that is configured for it.
   *
   * @param client sends to it
   * @param grpc sends gRPC to it, by HTTP/2
   * @param tenant the tenant in whose name everything is asked, null for the caller's own
   * @param authorization the value of {@code Authorization}, null for the caller's own
   * @param fingerprint changes when the address or the identity does; part of every cache key
   */
  public record Backend(
      UpstreamClient client,
      UpstreamClient grpc,
      @Nullable String tenant,
      @Nullable String authorization,
      String fingerprint) {
    /** Puts the configured identity into the headers of a request to it. */
    public void identify(HttpHeaders headers) {
      if (tenant != null) {
        headers.set("X-Scope-OrgID", tenant);
      }
      if (authorization != null) {
        headers.set(HttpHeaderNames.AUTHORIZATION, authorization);
      }
    }
  }

  private final Backend loki;
  private final Backend tempo;

  /** Creates the pair. */
  public Upstreams(Backend loki, Backend tempo) {
    this.loki = loki;
    this.tempo = tempo;
  }

  Backend of(BackendKind kind) {
    return kind == BackendKind.TEMPO ? tempo : loki;
  }

  /** Sends a request for an exchange; what came of it is counted. */
  UpstreamCall send(
      Exchange exchange,
      Operation operation,
      OutboundRequest request,
      BodySource body,
      ResponseHandler handler) {
    BackendKind kind = operation.backend();
    Backend backend = of(kind);
    backend.identify(request.headers());
    UpstreamClient client =
        operation.kind() == Operation.Kind.GRPC ? backend.grpc() : backend.client();
    CallSpan span = exchange.span().call(operation, request);
    UpstreamCall call =
        client.send(
            exchange.loop(), request, body, new Observed(exchange, operation, handler, span));
    return span == CallSpan.NONE
        ? call
        : () -> {
          span.cancelled();
          call.cancel();
        };
  }

  /** Closes idle connections. */
  public void close() {
    for (Backend backend : List.of(loki, tempo)) {
      backend.client().close();
      backend.grpc().close();
    }
  }

  /** Tells how long the head took, and passes everything on. */
  private static final class Observed implements ResponseHandler {
    private final Exchange exchange;
    private final Operation operation;
    private final ResponseHandler handler;
    private final CallSpan span;
    private final long sentAt = System.nanoTime();

    Observed(Exchange exchange, Operation operation, ResponseHandler handler, CallSpan span) {
      this.exchange = exchange;
      this.operation = operation;
      this.handler = handler;
      this.span = span;
    }

    @Override
    public void onAttempt(Replica to, @Nullable UpstreamException former) {
      span.attempt(to, former);
    }

    @Override
    public void onPassedOver(int status) {
      span.answered(status);
    }

    private void answered(int status) {
      long nanos = System.nanoTime() - sentAt;
      exchange.upstreamAnswered(nanos);
      TraceContext own = span.context();
      exchange
          .listener()
          .upstreamRequest(
              operation.backend(), operation, status, nanos, own == null ? exchange.trace() : own);
    }

    @Override
    public void onResponse(ResponseHead head, BodySource answer) {
      span.answered(head.status());
      BodySource body = SpanBody.of(answer, span);
      try {
        answered(head.status());
        handler.onResponse(head, body);
      } catch (RuntimeException e) {
        body.cancel();
        exchange.broken(e);
      }
    }

    @Override
    public void onFailure(UpstreamException failure) {
      exchange.guarded(
          () -> {
            answered(failure.error().status());
            span.failed(failure.error(), String.valueOf(failure.getMessage()));
            handler.onFailure(failure);
          });
    }

    @Override
    public void onUpgrade(ResponseHead head, UpstreamTunnel tunnel) {
      if (span != CallSpan.NONE) {
        span.answered(head.status());
        tunnel.channel().closeFuture().addListener(closed -> span.end());
      }
      try {
        answered(head.status());
        handler.onUpgrade(head, tunnel);
      } catch (RuntimeException e) {
        tunnel.channel().close();
        exchange.broken(e);
      }
    }
  }

  /** Returns what a client is told when an upstream fails; its address stays with us. */
  static String message(ProxyError error, BackendKind upstream) {
    String name = upstream.id();
    return switch (error) {
      case DNS_ERROR -> name + " cannot be reached: its name does not resolve";
      case CONNECTION_REFUSED -> name + " cannot be reached: connection refused";
      case CONNECTION_TIMEOUT -> name + " cannot be reached: connecting timed out";
      case DESTINATION_IP_UNROUTABLE -> name + " cannot be reached: there is no route to it";
      case TLS_CERTIFICATE_ERROR ->
          name + " cannot be reached: its TLS certificate is not accepted";
      case TLS_PROTOCOL_ERROR -> name + " cannot be reached: TLS failed";
      case TLS_ALERT_RECEIVED -> name + " cannot be reached: it refused the TLS connection";
      case CONNECTION_TERMINATED -> name + " closed the connection without an answer";
      case OVERLOADED -> BudgetedBody.FULL;
      case CONNECTION_LIMIT_REACHED -> "too many requests to " + name + " are under way";
      case HTTP_RESPONSE_TIMEOUT -> name + " timed out: no answer in time";
      case CONNECTION_READ_TIMEOUT -> name + " timed out in the middle of its answer";
      case HTTP_RESPONSE_INCOMPLETE -> name + " broke off in the middle of its answer";
      case HTTP_RESPONSE_TOO_LARGE -> "the answer of " + name + " is larger than Spanway may hold";
      case HTTP_RESPONSE_UNREADABLE -> "the answer of " + name + " cannot be understood";
      default -> name + " gave no valid answer";
    };
  }
}
