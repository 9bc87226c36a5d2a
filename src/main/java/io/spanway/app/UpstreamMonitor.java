// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.EventLoop;
import io.spanway.admin.Readiness;
import io.spanway.correlate.NearestName;
import io.spanway.explain.LokiLabelNames;
import io.spanway.proxy.Upstreams.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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

  private final EventLoop loop;
  private final UpstreamProbe loki;
  private final UpstreamProbe tempo;
  private final UpstreamQuestion labels;
  private final Set<String> configuredLabels;
  private volatile @Nullable Future<?> looks;
  private volatile boolean draining;

  /** Labels that Loki lacks, each with the nearest that it has; empty for none. */
  private volatile Map<String, String> missing = Map.of();

  /**
   * Makes one.
   *
   * @param former what was found before is taken for what is, until there is an answer; null for
   *     nothing
   */
  UpstreamMonitor(
      EventLoop loop,
      Backend loki,
      Backend tempo,
      Set<String> configuredLabels,
      @Nullable UpstreamMonitor former) {
    this.loop = loop;
    this.loki =
        new UpstreamProbe(
            loop,
            loki,
            "/loki/api/v1/status/buildinfo",
            PERIOD_SECONDS,
            this::lookAtLabels,
            former != null && former.loki.isUp());
    this.tempo =
        new UpstreamProbe(
            loop,
            tempo,
            "/api/echo",
            PERIOD_SECONDS,
            () -> {},
            former != null && former.tempo.isUp());
    this.labels = new UpstreamQuestion(loop, loki, null);
    this.configuredLabels = configuredLabels;
  }

  void start() {
    looks = loop.scheduleAtFixedRate(this::lookSafely, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  /** Looks no more. */
  void stop() {
    Future<?> running = looks;
    if (running != null) {
      running.cancel(false);
    }
  }

  /** Says not ready from now on. */
  void drain() {
    draining = true;
  }

  int missingLabels() {
    return missing.size();
  }

  Set<String> missingLabelNames() {
    return missing.keySet();
  }

  UpstreamProbe loki() {
    return loki;
  }

  UpstreamProbe tempo() {
    return tempo;
  }

  Readiness readiness() {
    List<String> lines = new ArrayList<>();
    lines.add("loki: " + loki.state());
    loki.details().forEach(line -> lines.add("loki " + line));
    lines.add("tempo: " + tempo.state());
    tempo.details().forEach(line -> lines.add("tempo " + line));
    missing.forEach((label, nearest) -> lines.add("note: " + told(label, nearest)));
    if (draining) {
      lines.add("stopping");
    }
    return new Readiness(loki.isUp() && tempo.isUp() && !draining, lines);
  }

  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException e) {
      // One look that fails must not be the last.
      LOG.warn("the upstreams could not be looked at", e);
    }
  }

  /** One look; on the loop. Whatever is still open from the last one is given up. */
  void look() {
    labels.giveUp();
    loki.look();
    tempo.look();
  }

  private void lookAtLabels() {
    labels.ask(
        "/loki/api/v1/labels?since=6h",
        (status, body) -> {
          Set<String> known = status == 200 ? LokiLabelNames.read(body) : null;
          // No label at all is a Loki without logs, or a tenant that nobody writes for.
          if (known != null && !known.isEmpty()) {
            note(known);
          }
        });
  }

  /** Notes what is missing, and says in the log what was not the last time. */
  private void note(Set<String> known) {
    Map<String, String> before = missing;
    Map<String, String> lacking = new TreeMap<>();
    for (String label : configuredLabels) {
      if (!known.contains(label)) {
        lacking.put(label, Objects.requireNonNullElse(NearestName.of(label, known), ""));
      }
    }
    missing = lacking;
    lacking.forEach(
        (label, nearest) -> {
          if (!before.containsKey(label)) {
            LOG.warn("{}", told(label, nearest));
          }
        });
  }

  private static String told(String label, String nearest) {
    return "loki has no label "
        + label
        + ", which tracesToLogsV2.tags names"
        + (nearest.isEmpty() ? "" : " (nearest: " + nearest + ")");
  }
}
