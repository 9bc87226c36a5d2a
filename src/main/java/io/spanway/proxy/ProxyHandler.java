// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.http.BadTargetException;
import io.spanway.http.LokiTimes;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.TraceContext;
import io.spanway.http.Via;
import io.spanway.plan.Planner;
import io.spanway.plan.RequestPlan;
import io.spanway.route.Operation;
import io.spanway.route.RefusedPathException;
import io.spanway.route.RouteMatch;
import io.spanway.route.Router;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import io.spanway.upstream.UpstreamException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests on the data port: routes, reads a form where the parameters are in one, plans,
 * and has the plan carried out. Thread-safe.
 */
public final class ProxyHandler implements RequestHandler {
  private final Router router;
  private final Planner planner;
  private final PlanExecutor executor;
  private final Gatekeeper gatekeeper;
  private final Via via;
  private final Entrance entrance;
  private final MemoryBudget memory;
  private final long maxForm;
  private final InstantSource clock;
  private final ExchangeListener listener;
  private final ExchangeTracer tracer;

  /**
   * Creates the handler.
   *
   * @param gatekeeper lets callers in
   * @param admission says which requests are taken on
   * @param maxForm bytes of the largest form that is read for its parameters
   */
  public ProxyHandler(
      Router router,
      Planner planner,
      PlanExecutor executor,
      Gatekeeper gatekeeper,
      Via via,
      AdmissionControl admission,
      long maxForm,
      InstantSource clock,
      ExchangeListener listener,
      ExchangeTracer tracer) {
    this.router = router;
    this.planner = planner;
    this.executor = executor;
    this.gatekeeper = gatekeeper;
    this.via = via;
    this.entrance = new Entrance(admission);
    this.memory = admission.memory();
    this.maxForm = maxForm;
    this.clock = clock;
    this.listener = listener;
    this.tracer = tracer;
  }

  @Override
  public void handle(ServerExchange server) {
    RequestHead head = server.request();
    RouteMatch match;
    RefusedPathException refusal = null;
    try {
      match = router.match(head);
    } catch (RefusedPathException e) {
      match = new RouteMatch(Operation.UNKNOWN, head.target().rawPath(), Map.of());
      refusal = e;
    }
    Exchange exchange =
        new Exchange(
            server,
            listener,
            match,
            gatekeeper.claimed(head),
            TraceContext.of(head.headers(), ThreadLocalRandom.current()::nextLong),
            tracer);
    exchange.holdIn(memory);
    try {
      if (refusal != null) {
        exchange.reject(
            refusal.status(), ProxyError.HTTP_REQUEST_DENIED, String.valueOf(refusal.getMessage()));
      } else if (via.isIn(head.headers())) {
        exchange.reject(
            ProxyError.PROXY_LOOP_DETECTED,
            "this request has been through this Spanway before",
            "an upstream's address leads back here");
      } else {
        gatekeeper.admit(exchange, () -> entrance.pass(exchange, () -> proceed(exchange)));
      }
    } catch (RuntimeException e) {
      exchange.broken(e);
    }
  }

  private void proceed(Exchange exchange) {
    RequestHead head = exchange.request();
    if (exchange.operation().kind() == Operation.Kind.FORM_READ
        && head.method().equals("POST")
        && isForm(head.headers())) {
      if (head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)) {
        // Its parameters cannot be seen, so nothing may be concluded from those of the URL.
        plan(exchange, null, null);
      } else {
        readForm(exchange);
      }
      return;
    }
    plan(exchange, head.target().readableQuery(), null);
  }

  private static boolean isForm(HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type != null
        && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
  }

  private void readForm(Exchange exchange) {
    BodyCollector collector =
        BodyCollector.collect(
            new BudgetedBody(exchange, exchange.requestBody()),
            maxForm,
            new BodyCollector.Callback() {
              @Override
              public void complete(ByteBuf body, HttpHeaders trailers) {
                byte[] form = Bodies.bytes(body);
                exchange.guarded(() -> planForm(exchange, form));
              }

              @Override
              public void tooLarge(BodySource whole) {
                whole.cancel();
                exchange.reject(
                    ProxyError.HTTP_REQUEST_TOO_LARGE,
                    "the form is larger than " + maxForm + " bytes",
                    "a form over limits.maxForm");
              }

              @Override
              public void failed(Throwable cause) {
                if (cause instanceof UpstreamException full) {
                  exchange.reject(
                      full.error(), BudgetedBody.FULL, String.valueOf(full.getMessage()));
                  return;
                }
                exchange.failed(ProxyError.CLIENT_GONE, String.valueOf(cause.getMessage()));
              }
            });
    exchange.onAbandon(collector::cancel);
  }

  private void planForm(Exchange exchange, byte[] form) {
    QueryParameters parameters = null;
    try {
      QueryParameters url = exchange.request().target().query();
      parameters = QueryParameters.parse(new String(form, StandardCharsets.UTF_8)).then(url);
    } catch (BadTargetException e) {
      // Loki says what is wrong with it.
    }
    plan(exchange, parameters, form);
  }

  /**
   * Plans, and has the plan carried out.
   *
   * @param form the form that was read, null when the body was left alone
   */
  private void plan(
      Exchange exchange, @Nullable QueryParameters parameters, byte @Nullable [] form) {
    RequestPlan plan =
        planner.plan(
            exchange.match(),
            exchange.request(),
            parameters,
            exchange.caller(),
            LokiTimes.nowNs(clock));
    BodySource body = form == null ? exchange.requestBody() : Bodies.of(form);
    executor.execute(
        exchange,
        plan,
        parameters == null ? QueryParameters.empty() : parameters,
        form == null ? new byte[0] : form,
        body);
  }
}
