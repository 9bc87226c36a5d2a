// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.admin.Readiness;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.proxy.LokiLabelNames;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the upstreams in the background: whether they answer, and whether Loki has the labels
 * that the configuration names. One look every few seconds, on one event loop.
 */
final class UpstreamMonitor {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamMonitor.class);
  private static final long PERIOD_SECONDS = 5;
  private static final int MAX_LABELS_BYTES = 4 << 20;

  /** Paths that every version answers without a tenant. */
  private static final String LOKI_PROBE = "/loki/api/v1/status/buildinfo";

  private static final String TEMPO_PROBE = "/api/echo";

  private static final String NO_ANSWER = "down: no answer in " + PERIOD_SECONDS + " s";

  private final EventLoop loop;
  private final Backend loki;
  private final Backend tempo;
  private final Set<String> configuredLabels;
  private boolean lokiPending;
  private boolean tempoPending;
  private volatile String lokiState = "not asked yet";
  private volatile String tempoState = "not asked yet";
  private volatile boolean lokiUp;
  private volatile boolean tempoUp;
  private volatile boolean draining;
  private volatile Set<String> missing = Set.of();

  UpstreamMonitor(EventLoop loop, Backend loki, Backend tempo, Set<String> configuredLabels) {
    this.loop = loop;
    this.loki = loki;
    this.tempo = tempo;
    this.configuredLabels = configuredLabels;
  }

  void start() {
    var unused = loop.scheduleAtFixedRate(this::lookSafely, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  /** Says not ready from now on. */
  void drain() {
    draining = true;
  }

  int missingLabels() {
    return missing.size();
  }

  Readiness readiness() {
    List<String> lines = new ArrayList<>();
    lines.add("loki: " + lokiState);
    lines.add("tempo: " + tempoState);
    for (String label : missing) {
      lines.add("note: loki has no label " + label + ", which tracesToLogsV2.tags names");
    }
    if (draining) {
      lines.add("stopping");
    }
    return new Readiness(lokiUp && tempoUp && !draining, lines);
  }

  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException e) {
      // One look that fails must not be the last.
      LOG.warn("the upstreams could not be looked at", e);
    }
  }

  private void look() {
    if (lokiPending) {
      lokiUp = false;
      lokiState = NO_ANSWER;
    } else {
      lokiPending = true;
      ask(loki, LOKI_PROBE, this::lokiAnswered);
    }
    if (tempoPending) {
      tempoUp = false;
      tempoState = NO_ANSWER;
    } else {
      tempoPending = true;
      ask(tempo, TEMPO_PROBE, this::tempoAnswered);
    }
  }

  private void lokiAnswered(int status, byte[] body) {
    lokiPending = false;
    lokiUp = isUp(status);
    lokiState = state(status);
    if (lokiUp) {
      lookAtLabels();
    }
  }

  private void tempoAnswered(int status, byte[] body) {
    tempoPending = false;
    tempoUp = isUp(status);
    tempoState = state(status);
  }

  /** An upstream that asks for credentials, or does not know the path, is there all the same. */
  private static boolean isUp(int status) {
    return status > 0 && status < 500;
  }

  private static String state(int status) {
    if (isUp(status)) {
      return "up";
    }
    return status == 0 ? "down: no connection" : "down: it answers " + status;
  }

  private void lookAtLabels() {
    ask(
        loki,
        "/loki/api/v1/labels?since=6h",
        (status, body) -> {
          Set<String> known = status == 200 ? LokiLabelNames.read(body) : null;
          // No label at all is a Loki without logs, or a tenant that nobody writes for.
          if (known != null && !known.isEmpty()) {
            Set<String> lacking = new TreeSet<>(configuredLabels);
            lacking.removeAll(known);
            missing = lacking;
          }
        });
  }

  private interface Answer {
    /** Told the status, 0 when there was none. */
    void came(int status, byte[] body);
  }

  private void ask(Backend backend, String target, Answer answer) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.USER_AGENT, "spanway");
    set(headers, "X-Scope-OrgID", backend.tenant());
    set(headers, "Authorization", backend.authorization());
    backend
        .client()
        .send(
            loop,
            new OutboundRequest("GET", target, headers),
            Bodies.empty(),
            new ResponseHandler() {
              @Override
              public void onResponse(ResponseHead head, BodySource body) {
                collect(body, bytes -> answer.came(head.status(), bytes));
              }

              @Override
              public void onFailure(UpstreamException failure) {
                answer.came(0, new byte[0]);
              }
            });
  }

  private static void set(HttpHeaders headers, String name, @Nullable String value) {
    if (value != null) {
      headers.set(name, value);
    }
  }

  private static void collect(BodySource body, Consumer<byte[]> then) {
    BodyCollector.collect(
        body,
        MAX_LABELS_BYTES,
        new BodyCollector.Callback() {
          @Override
          public void complete(ByteBuf whole, HttpHeaders trailers) {
            try {
              then.accept(ByteBufUtil.getBytes(whole));
            } finally {
              whole.release();
            }
          }

          @Override
          public void tooLarge(BodySource whole) {
            whole.cancel();
            then.accept(new byte[0]);
          }

          @Override
          public void failed(Throwable cause) {
            then.accept(new byte[0]);
          }
        });
  }
}
