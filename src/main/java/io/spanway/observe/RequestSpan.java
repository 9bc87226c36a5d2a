// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.spanway.http.OutboundRequest;
import io.spanway.http.TraceContext;
import io.spanway.proxy.CallSpan;
import io.spanway.proxy.ExchangeSpan;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.Operation;
import io.spanway.server.ServerExchange;

/**
 * The server span of one request. It says no more than the access log: no query, no credentials.
 */
final class RequestSpan implements ExchangeSpan {
  private static final int SERVER_ERROR = 500;

  private final Tracer tracer;
  private final Span span;
  private final TraceContext context;

  RequestSpan(Tracer tracer, Span span, ServerExchange server) {
    this.tracer = tracer;
    this.span = span;
    this.context = OtlpTracer.context(span);
    span.setAttribute(SpanKeys.SCHEME, server.isSecure() ? "https" : "http");
    span.setAttribute(SpanKeys.VERSION, server.isHttp2() ? "2" : "1.1");
    String agent = server.request().header(HttpHeaderNames.USER_AGENT.toString());
    if (agent != null) {
      span.setAttribute(SpanKeys.USER_AGENT, agent);
    }
  }

  @Override
  public TraceContext context() {
    return context;
  }

  @Override
  public CallSpan call(Operation operation, OutboundRequest request) {
    return new UpstreamSpan(tracer, Context.root().with(span), operation, request);
  }

  @Override
  public void end(ExchangeSummary summary) {
    String method = SpanKeys.method(summary.method());
    span.setAttribute(SpanKeys.METHOD, method);
    if (!method.equals(summary.method())) {
      span.setAttribute(SpanKeys.METHOD_AS_CAME, summary.method());
    }
    span.setAttribute(SpanKeys.PATH, summary.path());
    span.setAttribute(SpanKeys.CLIENT_ADDRESS, summary.client());
    span.setAttribute(SpanKeys.STATUS, (long) summary.status());
    span.setAttribute(SpanKeys.BODY_SIZE, summary.bytes());
    span.setAttribute(SpanKeys.OPERATION, summary.operation().id());
    span.setAttribute(SpanKeys.UPSTREAM_REQUESTS, (long) summary.upstreamRequests());
    // What is not known is left out: a null value sets nothing.
    span.setAttribute(SpanKeys.CACHE, summary.cache());
    span.setAttribute(SpanKeys.RULE, summary.rewriteRule());
    span.setAttribute(SpanKeys.OUTCOME, summary.rewriteOutcome());
    span.setAttribute(SpanKeys.TENANT, summary.tenant());
    span.setAttribute(SpanKeys.FLAG, summary.flag());
    if (summary.status() >= SERVER_ERROR) {
      span.setAttribute(SpanKeys.ERROR_TYPE, Integer.toString(summary.status()));
      String detail = summary.detail();
      span.setStatus(StatusCode.ERROR, detail == null ? "" : detail);
    }
    span.end();
  }
}
