// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.EventLoop;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.upstream.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether one upstream is there and ready: whether one of its replicas is. Asked on its event loop;
 * what was found can be read anywhere.
 */
final class UpstreamProbe {
  private final EventLoop loop;
  private final Backend backend;
  private final String otherwise;
  private final String silent;
  private final Runnable whenUp;
  private final Map<Replica, ReplicaProbe> probes = new HashMap<>();
  private volatile List<ReplicaProbe> current = List.of();
  private volatile String unknown = "not asked yet";
  private volatile boolean assumed;
  private boolean told;

  /**
   * Makes a probe.
   *
   * @param otherwise what is asked for where {@code /ready} is not known
   * @param periodSeconds the time between two calls of {@link #look}
   * @param whenUp told on the loop once in each look that finds the upstream to be there
   * @param assumed whether it counts as up until there is an answer
   */
  UpstreamProbe(
      EventLoop loop,
      Backend backend,
      String otherwise,
      long periodSeconds,
      Runnable whenUp,
      boolean assumed) {
    this.loop = loop;
    this.backend = backend;
    this.otherwise = otherwise;
    this.silent = "down: no answer in " + periodSeconds + " s";
    this.whenUp = whenUp;
    this.assumed = assumed;
  }

  String name() {
    return backend.client().name();
  }

  /** Returns the replicas as they were last found. */
  List<ReplicaProbe> replicas() {
    return current;
  }

  boolean isUp() {
    List<ReplicaProbe> all = current;
    return all.stream().anyMatch(ReplicaProbe::isUp)
        || (assumed && all.stream().noneMatch(ReplicaProbe::isAsked));
  }

  String state() {
    List<ReplicaProbe> all = current;
    if (all.isEmpty()) {
      return unknown;
    }
    return all.stream().filter(ReplicaProbe::isUp).findFirst().orElse(all.get(0)).state();
  }

  /** Returns a line for each replica, none where there is only one. */
  List<String> details() {
    List<ReplicaProbe> all = current;
    return all.size() < 2
        ? List.of()
        : all.stream().map(each -> each.name() + ": " + each.state()).toList();
  }

  /** Asks. A question that got no answer since the last time is given up, and counts as down. */
  void look() {
    told = false;
    backend.client().look(loop, this::lookAtReplicas);
  }

  private void lookAtReplicas() {
    List<Replica> known = backend.client().replicas();
    if (known.isEmpty()) {
      unknown = "down: no connection";
      assumed = false;
    }
    List<ReplicaProbe> now = new ArrayList<>();
    for (Replica each : known) {
      now.add(
          probes.computeIfAbsent(
              each, key -> new ReplicaProbe(loop, backend, key, otherwise, silent, this::foundUp)));
    }
    probes.values().stream().filter(probe -> !now.contains(probe)).forEach(ReplicaProbe::giveUp);
    probes.values().retainAll(now);
    current = List.copyOf(now);
    now.forEach(ReplicaProbe::look);
  }

  private void foundUp() {
    if (!told) {
      told = true;
      whenUp.run();
    }
  }
}
