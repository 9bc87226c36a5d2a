// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.cache.CacheStats;
import io.spanway.cache.RedisStats;
import io.spanway.cache.ResponseCache;
import io.spanway.cache.SharedLevel;
import io.spanway.observe.GatewayMeters;
import io.spanway.observe.MeterReadings;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How the gateway fares, at a glance: cache, upstreams, rewrites, errors. Thread-safe. */
final class StatusPage {
  private final String version;
  private final ResponseCache cache;
  private final @Nullable SharedLevel shared;
  private final MeterReadings meters;
  private final UpstreamMonitor monitor;
  private final InFlight inFlight;

  StatusPage(
      String version,
      ResponseCache cache,
      @Nullable SharedLevel shared,
      GatewayMeters meters,
      UpstreamMonitor monitor,
      InFlight inFlight) {
    this.version = version;
    this.cache = cache;
    this.shared = shared;
    this.meters = new MeterReadings(meters);
    this.monitor = monitor;
    this.inFlight = inFlight;
  }

  /** Writes what the cache holds. */
  String cache() {
    return text(cacheNode());
  }

  /** Writes all of it. */
  String json() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("version", version);
    root.put("ready", monitor.readiness().ready());
    root.put("inFlight", inFlight.count());
    ArrayNode upstreams = root.putArray("upstreams");
    for (UpstreamProbe probe : List.of(monitor.loki(), monitor.tempo())) {
      ObjectNode node = upstreams.addObject();
      node.put("name", probe.name()).put("up", probe.isUp()).put("state", probe.state());
      ArrayNode replicas = node.putArray("replicas");
      for (ReplicaProbe replica : probe.replicas()) {
        replicas
            .addObject()
            .put("name", replica.name())
            .put("up", replica.isUp())
            .put("state", replica.state())
            .put("getsCalls", replica.isHealthy());
      }
    }
    ArrayNode missing = root.putArray("missingLabels");
    monitor.missingLabelNames().forEach(missing::add);
    ObjectNode held = cacheNode();
    held.put("savedRequests", meters.savedRequests());
    add(held.putArray("requests"), meters.cacheRequests());
    root.set("cache", held);
    add(root.putArray("rewrites"), meters.rewrites());
    add(root.putArray("errors"), meters.errors());
    return text(root);
  }

  private ObjectNode cacheNode() {
    CacheStats stats = cache.stats();
    ObjectNode node =
        JsonMapper.shared()
            .createObjectNode()
            .put("entries", stats.entries())
            .put("bytes", stats.bytes())
            .put("maxBytes", stats.maxBytes())
            .put("fetches", stats.fetches());
    if (shared != null) {
      RedisStats redis = shared.stats();
      node.putObject("redis")
          .put("state", redis.state().id())
          .put("pendingBytes", redis.pendingBytes())
          .put("pendingPurges", redis.pendingPurges());
    }
    return node;
  }

  private static void add(ArrayNode to, List<MeterReadings.Count> counts) {
    for (MeterReadings.Count each : counts) {
      ObjectNode node = to.addObject();
      new TreeMap<>(each.labels()).forEach(node::put);
      node.put("count", each.count());
    }
  }

  private static String text(ObjectNode node) {
    return JsonMapper.shared().writeValueAsString(node) + "\n";
  }
}
