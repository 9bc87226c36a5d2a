// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.admin.AdminHandler;
import io.spanway.admin.AdminPages;
import io.spanway.admin.ReloadPage;
import io.spanway.admin.WebUi;
import io.spanway.annotate.AnnotateConfigException;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.VirtualFields;
import io.spanway.cache.CacheConfig;
import io.spanway.cache.CachePolicy;
import io.spanway.cache.ResponseCache;
import io.spanway.cache.SharedLevel;
import io.spanway.config.ConfigText;
import io.spanway.config.GatewayConfig;
import io.spanway.correlate.CorrelateConfigException;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.LinkTags;
import io.spanway.identity.Authenticator;
import io.spanway.model.TenantId;
import io.spanway.observe.AccessLog;
import io.spanway.observe.OtlpConfig;
import io.spanway.observe.PoolMeters;
import io.spanway.observe.Tracing;
import io.spanway.plan.Planner;
import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeListeners;
import io.spanway.proxy.Gatekeeper;
import io.spanway.proxy.PlanExecutor;
import io.spanway.proxy.ProxyHandler;
import io.spanway.proxy.Upstreams;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.route.Router;
import io.spanway.server.RequestHandler;
import io.spanway.units.Secret;
import io.spanway.upstream.UpstreamAddress;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamConfig;
import io.spanway.upstream.UpstreamSettings;
import io.spanway.upstream.UpstreamSettings.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that one configuration makes. Requests that it began stay with it; it ends when
 * another is in force and the last of them is done. Thread-safe.
 */
final class Generation {
  private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

  /** Bytes of log answers that are held to be merged for one question. */
  private static final long MAX_MERGED_LOGS = 128L << 20;

  private static final int MAX_WAITING = 1024;

  /** An upstream and what was configured of it. */
  private record UpstreamUse(UpstreamConfig config, Backend backend) {}

  /** The cache and what was configured of it. */
  private record CacheUse(CacheConfig config, ResponseCache cache, @Nullable SharedLevel shared) {}

  /** What records spans and what was configured of it. */
  private record TracingUse(OtlpConfig config, Tracing tracing) {}

  private final Foundation base;
  private final GatewayConfig config;
  private final Lease lease = new Lease(this::end);
  private final Part<UpstreamUse> loki;
  private final Part<UpstreamUse> tempo;
  private final Part<CacheUse> cache;
  private final Part<TracingUse> tracing;
  private final @Nullable Authenticator authenticator;
  private final UpstreamMonitor monitor;
  private final RequestHandler data;
  private final RequestHandler admin;

  /**
   * Makes the parts.
   *
   * @param config a configuration that its loader found good
   * @param former the one in force, whose parts are shared where nothing of them changed; null for
   *     the first
   * @param dataListener answers as the data listener does, whatever is in force
   * @param reloads what the admin listener tells of configurations
   */
  Generation(
      Foundation base,
      GatewayConfig config,
      @Nullable Generation former,
      RequestHandler dataListener,
      ReloadPage reloads) {
    this.base = base;
    this.config = config;
    if (former == null) {
      // Before the first request, which may come before start.
      base.admission().limits(config.limits());
    }
    Correlator correlator;
    DerivedFieldSet fields;
    try {
      correlator = Correlator.compile(config.tracesToLogsV2());
      fields =
          DerivedFieldSet.compile(
              config.derivedFields(), config.grafana().url(), config.annotate());
    } catch (CorrelateConfigException | AnnotateConfigException e) {
      throw new IllegalArgumentException("the configuration was not checked: " + e, e);
    }
    // Who was found right or wrong is remembered beyond a change of other keys.
    authenticator =
        former != null && former.config.identity().equals(config.identity())
            ? former.authenticator
            : Authenticator.open(config.identity(), base.clock(), System::nanoTime);
    Router router = Router.compile(config.routes());
    CachePolicy policy = new CachePolicy(config.cache());
    LinkTags linkTags = correlator.linkTags(config.enrichTraces().tags());
    cache = cache(former == null ? null : former.cache);
    tracing = tracing(former == null ? null : former.tracing);
    loki = upstream("loki", config.loki(), base.lokiPool(), former == null ? null : former.loki);
    tempo =
        upstream("tempo", config.tempo(), base.tempoPool(), former == null ? null : former.tempo);
    Upstreams upstreams = new Upstreams(lokiBackend(), tempoBackend());
    Planner planner =
        new Planner(
            correlator,
            policy,
            !fields.isEmpty(),
            VirtualFields.of(fields, correlator.idFields()),
            config.enrichTraces().enabled() && !linkTags.isEmpty(),
            config.limits().maxLogLimit(),
            config.limits().queries());
    PlanExecutor executor =
        new PlanExecutor(
            new PlanExecutor.Parts(
                upstreams,
                cache.value().cache(),
                policy,
                correlator,
                fields,
                base.annotateMeters(),
                linkTags,
                config.enrichTraces(),
                config.identity().allHeaders(),
                base.via(),
                base.worker(),
                config.limits().maxTrace().bytes(),
                MAX_MERGED_LOGS,
                config.tail(),
                base.clock()));
    data =
        new ProxyHandler(
            router,
            planner,
            executor,
            new Gatekeeper(config.identity(), authenticator, base.credentials()),
            base.via(),
            base.admission(),
            config.limits().maxForm().bytes(),
            base.clock(),
            listener(),
            tracing.value().tracing().tracer());
    monitor =
        new UpstreamMonitor(
            base.transport().workers().next(),
            lokiBackend(),
            tempoBackend(),
            correlator.streamLabels(),
            former == null ? null : former.monitor);
    StatusPage status =
        new StatusPage(
            base.version(),
            cache.value().cache(),
            cache.value().shared(),
            base.meters(),
            monitor,
            base.inFlight());
    admin =
        new AdminHandler(
            pages(status, reloads), new WebUi(config.admin().ui(), dataListener, status::json));
  }

  GatewayConfig config() {
    return config;
  }

  /** Has {@code next} take its place. Requests under way keep its parts, but not its answers. */
  void replacedBy(Generation next) {
    if (cache != next.cache) {
      // Requests can take long: the heap would have to hold the caches of all changes meanwhile.
      cache.value().cache().retire();
    }
  }

  /** Says who needs it. */
  Lease lease() {
    return lease;
  }

  /** Answers on the data listener. */
  RequestHandler data() {
    return data;
  }

  /** Answers on the admin listener. */
  RequestHandler admin() {
    return admin;
  }

  UpstreamMonitor monitor() {
    return monitor;
  }

  /** Begins to look after the upstreams, and shows its parts in the metrics. */
  void start() {
    base.admission().limits(config.limits());
    CacheUse use = cache.value();
    base.cacheMeters().watch(use.cache()::stats);
    base.cacheMeters().watchShared(use.shared() == null ? null : use.shared()::stats);
    base.meters().missingLabels(monitor::missingLabels);
    monitor.start();
  }

  /** Asks upstreams for the doctor. */
  DoctorUpstreams doctorUpstreams(@Nullable String tenant) {
    return new DoctorUpstreams(
        base.transport().workers().next(),
        lokiBackend(),
        tempoBackend(),
        cache.value().shared(),
        tenant);
  }

  private void end() {
    monitor.stop();
    loki.release();
    tempo.release();
    cache.release();
    tracing.release();
  }

  /**
   * Exports the spans that wait, once all requests are over.
   *
   * @param nanos how long that may take
   */
  void finishSpans(long nanos) throws InterruptedException {
    Tracing last = tracing.value().tracing();
    last.close();
    if (!last.awaitEnd(nanos)) {
      LOG.warn("spans were lost: the collector did not take them in time");
    }
  }

  private Backend lokiBackend() {
    return loki.value().backend();
  }

  private Backend tempoBackend() {
    return tempo.value().backend();
  }

  private ExchangeListener listener() {
    List<ExchangeListener> all = new ArrayList<>();
    all.add(lease);
    all.add(base.inFlight());
    all.add(base.meters());
    if (config.telemetry().accessLog().enabled()) {
      all.add(new AccessLog(base.clock(), base.accessLines()));
    }
    return new ExchangeListeners(all);
  }

  private Part<CacheUse> cache(@Nullable Part<CacheUse> former) {
    CacheConfig wanted = config.cache();
    if (former != null && former.value().config().equals(wanted)) {
      return former.share();
    }
    SharedLevel shared =
        SharedLevel.open(wanted, base.cacheMeters(), System::nanoTime, base.clock(), base.worker());
    ResponseCache made = new ResponseCache(wanted, base.cacheMeters(), System::nanoTime, shared);
    return new Part<>(
        new CacheUse(wanted, made, shared),
        () -> {
          if (shared != null) {
            shared.close();
          }
        });
  }

  private Part<TracingUse> tracing(@Nullable Part<TracingUse> former) {
    OtlpConfig wanted = config.telemetry().otlp();
    if (former != null && former.value().config().equals(wanted)) {
      return former.share();
    }
    Tracing made = Tracing.open(wanted, base.meters(), base.version());
    return new Part<>(new TracingUse(wanted, made), made::close);
  }

  private Part<UpstreamUse> upstream(
      String name, UpstreamConfig wanted, PoolMeters pool, @Nullable Part<UpstreamUse> former) {
    if (former != null && former.value().config().equals(wanted)) {
      return former.share();
    }
    Secret authorization = wanted.auth().authorization();
    @Nullable String value = authorization == null ? null : authorization.value();
    String fingerprint =
        wanted.urls() + "\n" + wanted.grpcUrls() + "\n" + wanted.tenant() + "\n" + value;
    ExecutorService names = Threads.lookUps(name, wanted, base.transport().loops());
    UpstreamClient client =
        new UpstreamClient(settings(name, wanted, wanted.urls(), Protocol.HTTP1), names, pool);
    UpstreamClient grpc =
        wanted.grpcUrls().isEmpty()
            ? client.speaking(Protocol.HTTP2)
            : new UpstreamClient(
                settings(name, wanted, wanted.grpcUrls(), Protocol.HTTP2), names, pool);
    boolean apart = !wanted.grpcUrls().isEmpty();
    pool.watch(client);
    if (apart) {
      pool.watch(grpc);
    }
    return new Part<>(
        new UpstreamUse(wanted, new Backend(client, grpc, wanted.tenant(), value, fingerprint)),
        () -> {
          pool.forget(client);
          pool.forget(grpc);
          client.close();
          grpc.close();
          names.shutdownNow();
        });
  }

  private UpstreamSettings settings(
      String name, UpstreamConfig from, List<UpstreamAddress> urls, Protocol protocol) {
    return new UpstreamSettings(
        name,
        urls,
        protocol,
        from.timeouts(),
        from.health(),
        from.tls(),
        from.connectionsPerLoop(base.transport().loops()),
        MAX_WAITING,
        base.transport().socketType(),
        from.retries());
  }

  private AdminPages pages(StatusPage status, ReloadPage reloads) {
    return new AdminPages(
        base.meters()::scrape,
        base.meters()::scrapeOpenMetrics,
        monitor::readiness,
        () -> "{\"version\":\"" + base.version() + "\"}\n",
        () -> ConfigText.write(config),
        status::cache,
        this::purge,
        new DoctorRuns(config, doctorUpstreams(null), base.clock()),
        reloads);
  }

  private String purge(String tenant) {
    ResponseCache held = cache.value().cache();
    if (tenant.isEmpty()) {
      held.purgeAll();
    } else {
      held.purgeTenant(TenantId.parse(tenant));
    }
    return "{\"purged\":true}\n";
  }
}
