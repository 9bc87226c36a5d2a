// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.validate.Validated;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.proxy.AdmissionControl;
import io.spanway.proxy.AdmissionRefusal;
import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.server.ClientProtocol;
import io.spanway.server.CloseReason;
import io.spanway.server.ServerListener;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * All meters by name, and the registry that holds them. Names and labels are those that dashboards
 * rely on; every label's values come from a closed set. Thread-safe.
 */
public final class GatewayMeters implements ExchangeListener, ServerListener {
  /** Time of requests by operation, upstream, status and cache outcome. */
  static final String REQUESTS = "spanway.requests";

  /** Requests being answered. */
  static final String IN_FLIGHT = "spanway.requests.in.flight";

  /** Time until the head of every request that leaves Spanway. */
  static final String UPSTREAM_REQUESTS = "spanway.upstream.requests";

  /** Open connections to an upstream by state. */
  static final String UPSTREAM_CONNECTIONS = "spanway.upstream.connections";

  /** Addresses of an upstream by state. */
  static final String UPSTREAM_REPLICAS = "spanway.upstream.replicas";

  /** Open connections of clients. */
  static final String CLIENT_CONNECTIONS = "spanway.client.connections";

  /** Connections of clients that were closed though they were wanted on. */
  static final String CLIENT_CONNECTIONS_CLOSED = "spanway.client.connections.closed";

  /** Certificates that changed on disk, by what came of it. */
  static final String TLS_RELOADS = "spanway.tls.reloads";

  /** What went wrong, by flag. */
  static final String ERRORS = "spanway.errors";

  /** Callers who were not let in, by reason. */
  static final String AUTH_REFUSALS = "spanway.auth.refusals";

  /** Requests that were not taken on, by reason. */
  static final String ADMISSION_REFUSED = "spanway.admission.refused";

  /** Requests that wait for others to be done. */
  static final String ADMISSION_WAITING = "spanway.admission.waiting";

  /** Bytes of requests and answers that are held. */
  static final String MEMORY_HELD = "spanway.memory.held.bytes";

  /** Open tails. */
  static final String TAILS = "spanway.tails";

  /** Queries looked at for rewriting, by rule and outcome. */
  static final String REWRITES = "spanway.rewrites";

  /** Frames of tails that their clients were too slow for. */
  static final String TAIL_DROPPED_FRAMES = "spanway.tail.dropped.frames";

  /** Log entries in those frames. */
  static final String TAIL_DROPPED_ENTRIES = "spanway.tail.dropped.entries";

  /** Entries that got a derived field, by field. */
  static final String ANNOTATED = "spanway.annotated.entries";

  /** Answers that passed without annotation, by reason. */
  static final String ANNOTATE_FALLBACKS = "spanway.annotate.fallbacks";

  /** Questions to the cache, by operation and outcome. */
  static final String CACHE_REQUESTS = "spanway.cache.requests";

  /** The state of the cache that replicas share, 1 for the one it is in. */
  static final String CACHE_REDIS_STATE = "spanway.cache.redis.state";

  /** Bytes that wait to be written there. */
  static final String CACHE_REDIS_PENDING = "spanway.cache.redis.pending.bytes";

  /** Looks into it, by outcome. */
  static final String CACHE_REDIS_READS = "spanway.cache.redis.reads";

  /** Answers for it, by outcome. */
  static final String CACHE_REDIS_WRITES = "spanway.cache.redis.writes";

  /** Time until it answered a look. */
  static final String CACHE_REDIS_TIME = "spanway.cache.redis.seconds";

  /** Entries held by the cache. */
  static final String CACHE_ENTRIES = "spanway.cache.entries";

  /** Bytes held by the cache. */
  static final String CACHE_BYTES = "spanway.cache.bytes";

  /** Entries that left the cache, by cause. */
  static final String CACHE_EVICTIONS = "spanway.cache.evictions";

  /** Requests that the upstreams were not asked, since the cache had the answer. */
  static final String CACHE_SAVED_REQUESTS = "spanway.cache.saved.requests";

  /** Configured labels that Loki does not have. */
  static final String LABELS_MISSING = "spanway.configured.labels.missing";

  /** Attempts to take up another configuration, by outcome. */
  static final String CONFIG_RELOADS = "spanway.config.reloads";

  /** Whether the last of them succeeded. */
  static final String CONFIG_GOOD = "spanway.config.last.reload.successful";

  /** Spanway's own spans, by what became of them. */
  static final String SPANS_EXPORTED = "spanway.spans.exported";

  /** Always 1; the version is in its labels. */
  static final String BUILD_INFO = "spanway.build.info";

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60),
    Duration.ofSeconds(300)
  };

  private static final class RegistryConfig implements PrometheusConfig {
    @Override
    public @Nullable String get(String key) {
      return null;
    }

    @Override
    public Validated<?> validate() {
      // All are Micrometer's own values; to look at them compiles patterns at each start.
      return Validated.none();
    }

    @Override
    public Properties prometheusProperties() {
      Properties properties = new Properties();
      // In OpenMetrics only buckets and counters have exemplars.
      properties.setProperty("io.prometheus.exporter.exemplars_on_all_metric_types", "false");
      return properties;
    }
  }

  /** The cache's outcome with its reason; all reasons share a timer. */
  private record RequestKey(Operation operation, int status, String cache) {}

  private record UpstreamKey(BackendKind upstream, Operation operation, int status) {}

  private record Pair(String first, String second) {}

  private final ExemplarTrace exemplars = new ExemplarTrace();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(
          new RegistryConfig(), new PrometheusRegistry(), Clock.SYSTEM, exemplars);
  private final Map<RequestKey, Timer> requests = new ConcurrentHashMap<>();
  private final Map<UpstreamKey, Timer> upstreamRequests = new ConcurrentHashMap<>();
  private final Map<Pair, Counter> rewrites = new ConcurrentHashMap<>();
  private final Map<ProxyError, Counter> errors = new ConcurrentHashMap<>();
  private final Counter tailDroppedFrames =
      Counter.builder(TAIL_DROPPED_FRAMES)
          .description("Frames of tails that were dropped, because their clients are too slow")
          .register(registry);
  private final Counter tailDroppedEntries =
      Counter.builder(TAIL_DROPPED_ENTRIES)
          .description("Log entries in dropped frames of tails")
          .register(registry);
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicReference<@Nullable IntSupplier> missingLabels = new AtomicReference<>();
  private final AtomicInteger configGood = new AtomicInteger(1);
  private final Map<ClientProtocol, AtomicInteger> clientConnections =
      new EnumMap<>(ClientProtocol.class);
  private final JvmMeters jvm = new JvmMeters(registry);

  /** Creates the registry and the meters that are there from the start. */
  public GatewayMeters(String version) {
    Gauge.builder(IN_FLIGHT, inFlight, AtomicInteger::get)
        .description("Requests being answered")
        .register(registry);
    for (ClientProtocol protocol : ClientProtocol.values()) {
      AtomicInteger count = new AtomicInteger();
      clientConnections.put(protocol, count);
      Gauge.builder(CLIENT_CONNECTIONS, count, AtomicInteger::get)
          .tags("protocol", protocol.id())
          .description("Open connections of clients")
          .register(registry);
    }
    for (CloseReason reason : CloseReason.values()) {
      closed(reason);
    }
    reloads(true);
    reloads(false);
    configReloads(true);
    configReloads(false);
    gauge(
        CONFIG_GOOD,
        "1 while the configuration in force is the one that was read last",
        Tags.empty(),
        configGood,
        AtomicInteger::get);
    Gauge.builder(BUILD_INFO, () -> 1)
        .tags(
            "version",
            version,
            "java",
            Runtime.version().feature() + "." + Runtime.version().interim())
        .description("Always 1; the version is in its labels")
        .register(registry);
    for (ProxyError error : ProxyError.values()) {
      error(error, 0);
    }
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** Returns all meters in Prometheus' text format. */
  public String scrape() {
    jvm.show();
    return registry.scrape();
  }

  /**
   * Returns all meters as OpenMetrics, which has exemplars too: traces of requests that took so.
   */
  public String scrapeOpenMetrics() {
    jvm.show();
    return registry.scrape("application/openmetrics-text");
  }

  /** Returns the counter of spans of which {@code result} became. */
  Counter spans(String result) {
    return Counter.builder(SPANS_EXPORTED)
        .description("Spans of Spanway's own, by what became of them")
        .tags("result", result)
        .register(registry);
  }

  /** Adds a gauge that asks {@code source}. */
  public <T> void gauge(
      String name, String description, Tags tags, T of, ToDoubleFunction<T> source) {
    Gauge.builder(name, of, source)
        .tags(tags)
        .description(description)
        // The registry alone holds on to what some gauges ask.
        .strongReference(true)
        .register(registry);
  }

  /** Shows how many configured labels Loki lacks; takes the place of what was said before. */
  public void missingLabels(IntSupplier count) {
    if (missingLabels.getAndSet(count) == null) {
      gauge(
          LABELS_MISSING,
          "Configured labels that Loki does not have",
          Tags.empty(),
          missingLabels,
          from -> Objects.requireNonNull(from.get()).getAsInt());
    }
  }

  /** Shows what {@code control} lets in. */
  public void admission(AdmissionControl control) {
    gauge(
        ADMISSION_WAITING,
        "Requests that wait until others are done",
        Tags.empty(),
        control,
        AdmissionControl::waiting);
    gauge(
        MEMORY_HELD,
        "Bytes of requests and answers that are held whole, or for the cache",
        Tags.empty(),
        control,
        AdmissionControl::memoryHeld);
    gauge(TAILS, "Open tails", Tags.empty(), control, AdmissionControl::tails);
    for (AdmissionRefusal why : AdmissionRefusal.values()) {
      refusals(why);
    }
  }

  @Override
  public void refused(AdmissionRefusal why) {
    refusals(why).increment();
  }

  private Counter refusals(AdmissionRefusal why) {
    return Counter.builder(ADMISSION_REFUSED)
        .description("Requests that were not taken on, by reason")
        .tags("reason", why.id())
        .register(registry);
  }

  /** Counts an attempt to take up another configuration. */
  public void configReloaded(boolean loaded) {
    configReloads(loaded).increment();
    configGood.set(loaded ? 1 : 0);
  }

  private Counter configReloads(boolean loaded) {
    return Counter.builder(CONFIG_RELOADS)
        .description("Other configurations that were to be taken up")
        .tags("outcome", loaded ? "loaded" : "failed")
        .register(registry);
  }

  /** Stops what listens to the virtual machine. */
  public void close() {
    jvm.close();
    registry.close();
  }

  @Override
  public void started(Operation operation) {
    inFlight.incrementAndGet();
  }

  @Override
  public void finished(ExchangeSummary summary) {
    inFlight.decrementAndGet();
    String cache = summary.cache() == null ? "none" : summary.cache();
    Timer timer =
        requests.computeIfAbsent(
            new RequestKey(summary.operation(), status(summary.status()), cache),
            this::requestTimer);
    exemplars.record(timer, summary.totalNanos(), summary.trace());
  }

  /** Leaves out a reason, which is for people. */
  private static String outcome(String cache) {
    int reason = cache.indexOf(';');
    return reason < 0 ? cache : cache.substring(0, reason);
  }

  private Timer requestTimer(RequestKey key) {
    return Timer.builder(REQUESTS)
        .description("Time of requests, from the head to the end of the answer")
        .serviceLevelObjectives(BUCKETS)
        .tags(
            "operation", key.operation().id(),
            "upstream", key.operation().backend().id(),
            "status", Integer.toString(key.status()),
            "cache", outcome(key.cache()))
        .register(registry);
  }

  @Override
  public void upstreamRequest(
      BackendKind upstream, Operation operation, int status, long nanos, TraceContext trace) {
    Timer timer =
        upstreamRequests.computeIfAbsent(
            new UpstreamKey(upstream, operation, status(status)),
            key ->
                Timer.builder(UPSTREAM_REQUESTS)
                    .description("Time until the head of each request that leaves Spanway")
                    .serviceLevelObjectives(BUCKETS)
                    .tags(
                        "upstream", key.upstream().id(),
                        "operation", key.operation().id(),
                        "status", Integer.toString(key.status()))
                    .register(registry));
    exemplars.record(timer, nanos, trace);
  }

  /** Keeps the label's values few whatever an upstream answers. */
  private static int status(int status) {
    return status >= 100 && status < 600 ? status : 0;
  }

  @Override
  public void error(ProxyError error) {
    error(error, 1);
  }

  @Override
  public void requestRefused(ProxyError error) {
    error(error, 1);
  }

  private void error(ProxyError error, int by) {
    errors
        .computeIfAbsent(
            error,
            key ->
                Counter.builder(ERRORS)
                    .description("What went wrong, by the flag that the access log has too")
                    .tags("flag", key.flag(), "error", key.id())
                    .register(registry))
        .increment(by);
  }

  @Override
  public void rewrite(String rule, String outcome) {
    rewrites
        .computeIfAbsent(
            new Pair(rule, outcome),
            key ->
                Counter.builder(REWRITES)
                    .description("Queries looked at for rewriting")
                    .tags("rule", key.first(), "outcome", key.second())
                    .register(registry))
        .increment();
  }

  @Override
  public void tailDropped(int entries) {
    tailDroppedFrames.increment();
    tailDroppedEntries.increment(entries);
  }

  @Override
  public void connectionOpened(ClientProtocol protocol) {
    count(protocol).incrementAndGet();
  }

  @Override
  public void connectionClosed(ClientProtocol protocol) {
    count(protocol).decrementAndGet();
  }

  private AtomicInteger count(ClientProtocol protocol) {
    return Objects.requireNonNull(clientConnections.get(protocol));
  }

  @Override
  public void connectionCut(CloseReason reason) {
    closed(reason).increment();
  }

  private Counter closed(CloseReason reason) {
    return Counter.builder(CLIENT_CONNECTIONS_CLOSED)
        .description("Connections of clients that Spanway closed, by reason")
        .tags("reason", reason.id())
        .register(registry);
  }

  @Override
  public void certificatesReloaded(boolean loaded) {
    reloads(loaded).increment();
  }

  @Override
  public void authRefused(String reason) {
    Counter.builder(AUTH_REFUSALS)
        .description("Requests whose callers were not let in")
        .tags("reason", reason)
        .register(registry)
        .increment();
  }

  private Counter reloads(boolean loaded) {
    return Counter.builder(TLS_RELOADS)
        .description("Certificates that changed on disk")
        .tags("outcome", loaded ? "loaded" : "failed")
        .register(registry);
  }
}
