// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.proxy.CallSpan;
import io.spanway.route.Operation;
import io.spanway.upstream.Replica;
import io.spanway.upstream.UpstreamAddress;
import io.spanway.upstream.UpstreamException;
import org.jspecify.annotations.Nullable;

/**
 * The client spans of one request to an upstream, one for each attempt. The first begins before
 * there is a replica, so that the wait for a name or a connection is in it.
 */
final class UpstreamSpan implements CallSpan {
  private static final int CLIENT_ERROR = 400;

  private final Tracer tracer;
  private final Context parent;
  private final Operation operation;
  private final OutboundRequest request;
  private Span span;
  private TraceContext context;
  private int resent;
  private int status;
  private boolean over;

  UpstreamSpan(Tracer tracer, Context parent, Operation operation, OutboundRequest request) {
    this.tracer = tracer;
    this.parent = parent;
    this.operation = operation;
    this.request = request;
    this.span = begin();
    this.context = named(span);
  }

  private Span begin() {
    return tracer
        .spanBuilder(operation.id())
        .setSpanKind(SpanKind.CLIENT)
        .setParent(parent)
        .setAttribute(SpanKeys.METHOD, SpanKeys.method(request.method()))
        .setAttribute(SpanKeys.OPERATION, operation.id())
        .setAttribute(SpanKeys.UPSTREAM, operation.backend().id())
        .startSpan();
  }

  /** Has the upstream know of the span that waits for its answer. */
  private TraceContext named(Span to) {
    TraceContext made = OtlpTracer.context(to);
    made.writeTo(request.headers());
    return made;
  }

  @Override
  public TraceContext context() {
    return context;
  }

  @Override
  public void attempt(Replica to, @Nullable UpstreamException former) {
    if (over) {
      return;
    }
    if (former != null) {
      finish(former.error(), String.valueOf(former.getMessage()));
      over = false;
      status = 0;
      resent++;
      span = begin();
      context = named(span);
      span.setAttribute(SpanKeys.RESEND_COUNT, (long) resent);
    }
    UpstreamAddress url = to.url();
    String target = request.target();
    int query = target.indexOf('?');
    span.setAttribute(SpanKeys.SERVER_ADDRESS, url.host());
    span.setAttribute(SpanKeys.SERVER_PORT, (long) url.port());
    span.setAttribute(SpanKeys.PEER_ADDRESS, to.address().getAddress().getHostAddress());
    span.setAttribute(SpanKeys.FULL_URL, url + (query < 0 ? target : target.substring(0, query)));
  }

  @Override
  public void answered(int code) {
    if (!over) {
      status = code;
      span.setAttribute(SpanKeys.STATUS, (long) code);
    }
  }

  @Override
  public void failed(ProxyError error, String why) {
    finish(error, why);
  }

  @Override
  public void cancelled() {
    if (!over && status == 0) {
      span.setAttribute(SpanKeys.CANCELLED, true);
    }
    end();
  }

  @Override
  public void end() {
    finish(null, "");
  }

  private void finish(@Nullable ProxyError error, String why) {
    if (over) {
      return;
    }
    over = true;
    if (status >= CLIENT_ERROR) {
      span.setAttribute(SpanKeys.ERROR_TYPE, Integer.toString(status));
      span.setStatus(StatusCode.ERROR);
    } else if (error != null) {
      span.setAttribute(SpanKeys.ERROR_TYPE, error.id());
      span.setStatus(StatusCode.ERROR, why);
    }
    span.end();
  }
}
