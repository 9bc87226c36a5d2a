// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.cache.BypassReason;
import io.spanway.http.GrpcRequests;
import io.spanway.http.GrpcStatus;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import io.spanway.http.TraceContext;
import io.spanway.identity.Caller;
import io.spanway.model.TenantId;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import io.spanway.server.ServerExchange;
import io.spanway.upstream.UpstreamException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request while Spanway works on it: who asks for what, what became of it so far, and the one way
 * to answer. Confined to the client's event loop.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private final ServerExchange server;
  private final ExchangeListener listener;
  private final RouteMatch match;
  private Caller caller;
  private final ExchangeSpan span;
  private final TraceContext trace;
  private final boolean grpc;
  private final long startedNanos = System.nanoTime();

  private final List<Runnable> onAbandon = new ArrayList<>(2);
  private @Nullable Runnable atEnd;
  private @Nullable MemoryBudget memory;
  private long held;
  private boolean answered;
  private boolean over;
  private int status;
  private boolean grpcEnded;
  private @Nullable ProxyError error;
  private @Nullable String detail;
  private @Nullable String cache;
  private @Nullable String rewriteRule;
  private @Nullable String rewriteOutcome;
  private @Nullable HttpHeaders notes;
  private long bytes;
  private long upstreamNanos;
  private int upstreamRequests;

  Exchange(
      ServerExchange server,
      ExchangeListener listener,
      RouteMatch match,
      Caller caller,
      TraceContext came,
      ExchangeTracer tracer) {
    this.server = server;
    this.listener = listener;
    this.match = match;
    this.caller = caller;
    this.span = tracer.begin(server, match.operation(), came);
    TraceContext own = span.context();
    this.trace = own == null ? came : own;
    RequestHead head = server.request();
    this.grpc =
        server.isHttp2()
            && head.method().equals("POST")
            && GrpcRequests.isGrpc(head.headers().get(HttpHeaderNames.CONTENT_TYPE));
    listener.started(match.operation());
    server.onClose(this::closed);
  }

  RequestHead request() {
    return server.request();
  }

  BodySource requestBody() {
    return server.requestBody();
  }

  ServerExchange server() {
    return server;
  }

  RouteMatch match() {
    return match;
  }

  Operation operation() {
    return match.operation();
  }

  Caller caller() {
    return caller;
  }

  /** Notes who the caller proved to be. */
  void identified(Caller as) {
    caller = as;
  }

  /** Returns the record of the request. */
  ExchangeSpan span() {
    return span;
  }

  /** Returns the place in the trace of what is done for the request. */
  TraceContext trace() {
    return trace;
  }

  EventLoop loop() {
    return server.eventLoop();
  }

  ExchangeListener listener() {
    return listener;
  }

  /** Says whether the client is gone or has its answer. */
  boolean isOver() {
    return over;
  }

  /** Runs {@code task} if the client goes away before the answer is complete. */
  void onAbandon(Runnable task) {
    if (over) {
      task.run();
    } else {
      onAbandon.add(task);
    }
  }

  /** Runs {@code task}, the only one, when the exchange is over however it ended. */
  void onEnd(Runnable task) {
    if (over) {
      task.run();
    } else {
      atEnd = task;
    }
  }

  /** Has what is held for the request count against {@code budget}. */
  void holdIn(MemoryBudget budget) {
    memory = budget;
  }

  /**
   * Counts bytes that are held until the request is over, if there is room for them. What is held
   * for others after that is bounded by what a single answer may be.
   *
   * @return whether there is room
   */
  boolean hold(long bytes) {
    MemoryBudget budget = memory;
    if (budget == null || over) {
      return true;
    }
    if (!budget.take(bytes)) {
      listener.refused(AdmissionRefusal.MEMORY);
      return false;
    }
    held += bytes;
    return true;
  }

  /** Counts bytes that are held for the cache, whether or not there is room. */
  void holdForCache(long bytes) {
    MemoryBudget budget = memory;
    if (budget != null && !over) {
      budget.add(bytes);
      held += bytes;
    }
  }

  /** Says whether nothing should be held but what the request cannot do without. */
  boolean isMemoryTight() {
    MemoryBudget budget = memory;
    return budget != null && budget.isTight();
  }

  void cache(String outcome) {
    cache = outcome;
  }

  void rewrite(@Nullable String rule) {
    rewriteRule = rule;
  }

  /** Notes what came of the rule that made or changed the query. */
  void rewritten(String outcome) {
    String rule = rewriteRule;
    if (rule != null) {
      rewriteOutcome = outcome;
      listener.rewrite(rule, outcome);
    }
  }

  /** Adds a header to the answer, whatever it will be. */
  void note(CharSequence name, String value) {
    HttpHeaders noted = notes;
    if (noted == null) {
      noted = DefaultHttpHeadersFactory.headersFactory().newHeaders();
      notes = noted;
    }
    noted.add(name, value);
  }

  /** Runs {@code task}; what it throws ends the request with 500 instead of leaving it open. */
  void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      broken(e);
    }
  }

  /** Runs {@code task} on the exchange's event loop, later, as {@link #guarded} does. */
  void onLoop(Runnable task) {
    loop().execute(() -> guarded(task));
  }

  /** Runs {@code task} on the exchange's event loop: now if this is it. */
  void inLoop(Runnable task) {
    if (loop().inEventLoop()) {
      task.run();
    } else {
      onLoop(task);
    }
  }

  /** Runs {@code task}, which would hold up the event loop, on {@code worker}. */
  void offLoop(Executor worker, Runnable task) {
    try {
      worker.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              loop().execute(() -> broken(e));
            }
          });
    } catch (RejectedExecutionException e) {
      reject(
          ProxyError.OVERLOADED,
          "Spanway has too much to do: try again",
          "the workers' queue is full, or they have stopped");
    }
  }

  /** Ends the request after a fault of Spanway's own. */
  void broken(RuntimeException fault) {
    LOG.warn("{} failed in Spanway itself", match.operation().id(), fault);
    reject(
        ProxyError.PROXY_INTERNAL_ERROR,
        "Spanway failed on this request; its log says why",
        String.valueOf(fault));
  }

  /** Notes a request that was made for this one and the time until its head. */
  void upstreamAnswered(long nanos) {
    upstreamRequests++;
    upstreamNanos = Math.max(upstreamNanos, nanos);
  }

  /** Notes what went wrong where the client cannot be told. */
  void failed(ProxyError what, String why) {
    if (error == null) {
      error = what;
      detail = why;
      listener.error(what);
    }
  }

  /** Answers. What the cache and the rewriting did goes into the headers. */
  void respond(ResponseHead head, BodySource body) {
    if (answered) {
      body.cancel();
      return;
    }
    answered = true;
    if (!grpcEnded) {
      status = head.status();
    }
    HttpHeaders headers = head.headers();
    if (cache == null) {
      // An answer of Spanway's own, or a tunnel: nothing that the cache could have had.
      cache = BypassReason.OPERATION.headerText();
    }
    headers.set(Answers.X_SPANWAY_CACHE, cache);
    if (rewriteRule != null) {
      headers.set(Answers.X_SPANWAY_REWRITE, rewriteRule);
    }
    if (notes != null) {
      headers.add(notes);
    }
    server.respond(head, new CountingSource(body, this::counted, this::bodyFailed));
  }

  /** Notes bytes of the answer that were written. */
  void counted(long n) {
    bytes += n;
  }

  private void bodyFailed(Throwable cause) {
    if (cause instanceof UpstreamException broken) {
      failed(broken.error(), String.valueOf(broken.getMessage()));
    } else {
      failed(ProxyError.PROXY_INTERNAL_ERROR, String.valueOf(cause.getMessage()));
    }
  }

  /** Notes how a gRPC call ended; its status stands for the answer's in logs and metrics. */
  void grpcStatus(GrpcStatus how) {
    grpcEnded = true;
    status = how.httpStatus();
  }

  /** Answers with text that is all there. */
  void respond(int code, HttpHeaders headers, byte[] body) {
    respond(new ResponseHead(code, headers), Bodies.of(body));
  }

  /**
   * Answers with an error: one line of plain text.
   *
   * @param message what the client is told; never an upstream's address
   * @param why what the log is told
   */
  void reject(ProxyError what, String message, String why) {
    failed(what, why);
    reject(what.status(), what, message);
  }

  /** Answers with an error that has a status of its own. */
  void reject(int code, ProxyError what, String message) {
    if (over) {
      // The connection may carry another request by now.
      return;
    }
    if (error == null) {
      failed(what, message);
    }
    if (answered) {
      server.abort();
      return;
    }
    server.requestBody().cancel();
    if (grpc) {
      // Trailers-only: gRPC's clients show the message, and nothing of any other answer.
      HttpHeaders trailers = Answers.headers(Answers.GRPC);
      GrpcStatus.ofHttp(code).addTo(trailers, message);
      grpcEnded = true;
      status = code;
      respond(new ResponseHead(200, trailers), Bodies.empty());
      return;
    }
    HttpHeaders headers = Answers.errorHeaders();
    if (code == 503) {
      headers.set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    respond(code, headers, (message + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Answers that the path has other methods. */
  void wrongMethod(String allowed) {
    failed(ProxyError.HTTP_REQUEST_ERROR, "method " + request().method());
    HttpHeaders headers = Answers.errorHeaders().set(HttpHeaderNames.ALLOW, allowed);
    String text = "method not allowed (expected: " + allowed + ")\n";
    respond(405, headers, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Gives up HTTP: the answer is 101 and {@code tunnel} has the connection. */
  void upgrade(ResponseHead head, ChannelHandler tunnel) {
    answered = true;
    status = head.status();
    server.upgrade(head, tunnel);
  }

  private void closed(boolean complete) {
    over = true;
    if (!complete) {
      failed(ProxyError.CLIENT_GONE, "the client left before the end of its answer");
      ProxyError first = error;
      if (!answered) {
        status = ProxyError.CLIENT_GONE.status();
      } else if (match.operation().kind() == Operation.Kind.GRPC && !grpcEnded && first != null) {
        // The status of the head says nothing of how the call went.
        status = first.status();
      }
      for (Runnable task : onAbandon) {
        task.run();
      }
    }
    onAbandon.clear();
    if (memory != null) {
      memory.giveBack(held);
    }
    if (atEnd != null) {
      atEnd.run();
    }
    ProxyError flagged = error;
    ExchangeSummary summary =
        new ExchangeSummary(
            match.operation(),
            request().method(),
            request().target().rawPath(),
            status,
            flagged == null ? null : flagged.flag(),
            cache,
            rewriteRule,
            rewriteOutcome,
            trace,
            tenant(caller),
            clientAddress(),
            bytes,
            System.nanoTime() - startedNanos,
            upstreamNanos,
            upstreamRequests,
            detail);
    span.end(summary);
    listener.finished(summary);
  }

  private static @Nullable String tenant(Caller caller) {
    TenantId tenant = caller.tenant();
    return tenant == null ? null : tenant.value();
  }

  /** Returns the client's address without its port. */
  String clientAddress() {
    return server.forwarded().client();
  }
}
