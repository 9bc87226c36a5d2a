// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import java.util.List;

/** Tells several listeners, in order. */
public final class ExchangeListeners implements ExchangeListener {
  private final ExchangeListener[] all;

  /** Creates a listener that tells {@code all}. */
  public ExchangeListeners(List<ExchangeListener> all) {
    this.all = all.toArray(ExchangeListener[]::new);
  }

  @Override
  public void started(Operation operation) {
    for (ExchangeListener each : all) {
      each.started(operation);
    }
  }

  @Override
  public void finished(ExchangeSummary summary) {
    for (ExchangeListener each : all) {
      each.finished(summary);
    }
  }

  @Override
  public void upstreamRequest(
      BackendKind upstream, Operation operation, int status, long nanos, TraceContext trace) {
    for (ExchangeListener each : all) {
      each.upstreamRequest(upstream, operation, status, nanos, trace);
    }
  }

  @Override
  public void error(ProxyError error) {
    for (ExchangeListener each : all) {
      each.error(error);
    }
  }

  @Override
  public void refused(AdmissionRefusal why) {
    for (ExchangeListener each : all) {
      each.refused(why);
    }
  }

  @Override
  public void rewrite(String rule, String outcome) {
    for (ExchangeListener each : all) {
      each.rewrite(rule, outcome);
    }
  }

  @Override
  public void tailDropped(int entries) {
    for (ExchangeListener each : all) {
      each.tailDropped(entries);
    }
  }

  @Override
  public void authRefused(String reason) {
    for (ExchangeListener each : all) {
      each.authRefused(reason);
    }
  }
}
