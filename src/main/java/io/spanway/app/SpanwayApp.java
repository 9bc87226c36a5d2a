// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.admin.AdminHandler;
import io.spanway.admin.AdminPages;
import io.spanway.admin.WebUi;
import io.spanway.annotate.AnnotateConfigException;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.VirtualFields;
import io.spanway.cache.CachePolicy;
import io.spanway.cache.ResponseCache;
import io.spanway.cache.SharedLevel;
import io.spanway.config.ConfigText;
import io.spanway.config.GatewayConfig;
import io.spanway.correlate.CorrelateConfigException;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.LinkTags;
import io.spanway.doctor.Doctor;
import io.spanway.doctor.DoctorReport;
import io.spanway.http.Via;
import io.spanway.model.TenantId;
import io.spanway.observe.AccessLog;
import io.spanway.observe.AnnotateMeters;
import io.spanway.observe.CacheMeters;
import io.spanway.observe.GatewayMeters;
import io.spanway.observe.PoolMeters;
import io.spanway.plan.Planner;
import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeListeners;
import io.spanway.proxy.PlanExecutor;
import io.spanway.proxy.ProxyHandler;
import io.spanway.proxy.Upstreams;
import io.spanway.route.Router;
import io.spanway.server.GatewayServer;
import io.spanway.server.ListenAddress;
import io.spanway.server.ServerTls;
import io.spanway.units.Secret;
import io.spanway.upstream.UpstreamAddress;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamConfig;
import io.spanway.upstream.UpstreamSettings;
import io.spanway.upstream.UpstreamSettings.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running Spanway: puts the parts together, starts both listeners, and stops in order.
 * Thread-safe.
 */
public final class SpanwayApp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpanwayApp.class);

  /** Bytes of log answers that are held to be merged for one question. */
  private static final long MAX_MERGED_LOGS = 128L << 20;

  private static final int MAX_WAITING = 1024;

  private final GatewayConfig config;
  private final Transport transport;
  private final ExecutorService worker;
  private final List<ExecutorService> lookUps;
  private final Upstreams upstreams;
  private final @Nullable SharedLevel shared;
  private final GatewayMeters meters;
  private final InFlight inFlight;
  private final UpstreamMonitor monitor;
  private final GatewayServer data;
  private final GatewayServer admin;
  private final @Nullable ExecutorService certificates;

  private SpanwayApp(Builder builder) throws IOException {
    config = builder.config;
    transport = builder.transport;
    worker = builder.worker;
    lookUps = builder.lookUps;
    upstreams = builder.upstreams;
    shared = builder.shared;
    meters = builder.meters;
    inFlight = builder.inFlight;
    monitor = builder.monitor;
    GatewayServer.Setup setup =
        new GatewayServer.Setup(
            transport.acceptors(),
            transport.workers(),
            transport.serverType(),
            config.server().limits(),
            builder.clock);
    ServerTls tls =
        config.server().tls().isOn() ? ServerTls.load(config.server().tls(), meters) : null;
    GatewayServer.Setup dataSetup =
        new GatewayServer.Setup(
            setup.acceptors(),
            setup.workers(),
            setup.channelType(),
            setup.limits(),
            setup.clock(),
            tls);
    data =
        GatewayServer.bind(
            socket(config.server().listen()), dataSetup, builder.dataHandler, meters);
    try {
      admin =
          GatewayServer.bind(
              socket(config.admin().listen()),
              setup,
              builder.adminHandler,
              io.spanway.server.ServerListener.NONE);
    } catch (IOException e) {
      data.close();
      throw e;
    }
    certificates = tls == null ? null : Threads.certificates(config.server().tls(), tls::reload);
    monitor.start();
  }

  private static InetSocketAddress socket(ListenAddress address) {
    return new InetSocketAddress(address.host(), address.port());
  }

  /**
   * Starts a Spanway.
   *
   * @param config a configuration that its loader found good
   * @param version what {@code spanway_build_info} says
   * @throws IOException when an address cannot be had
   */
  public static SpanwayApp start(GatewayConfig config, String version, InstantSource clock)
      throws IOException {
    Builder builder = new Builder(config, version, clock);
    try {
      SpanwayApp app = new SpanwayApp(builder);
      LOG.info(
          "data on {}{}, admin on {}, {} event loops by {}",
          config.server().tls().isOn() ? "https://" : "",
          app.dataListen(),
          app.adminListen(),
          app.transport.loops(),
          app.transport.name());
      LentCredentials.warnings(config, app.dataAddress()).forEach(LOG::warn);
      return app;
    } catch (IOException | RuntimeException e) {
      builder.release();
      throw e;
    }
  }

  /**
   * Examines a configuration without serving it. Blocks the calling thread for seconds.
   *
   * @param config a configuration that its loader found good
   * @param tenant in whose name is asked where the configuration names nobody; null for nobody's
   * @throws InterruptedException when the thread is interrupted while an upstream is waited for
   */
  public static DoctorReport examine(
      GatewayConfig config, @Nullable String tenant, String version, InstantSource clock)
      throws InterruptedException {
    Builder builder = new Builder(config, version, clock);
    try {
      return Doctor.examine(config, builder.doctorUpstreams(tenant), clock);
    } finally {
      builder.release();
    }
  }

  /** Returns where the data listener is, with the port that was taken. */
  public InetSocketAddress dataAddress() {
    return data.address();
  }

  /** Returns where the admin listener is, with the port that was taken. */
  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  /** Returns the data listener's address as configured, with the port that was taken. */
  public ListenAddress dataListen() {
    return new ListenAddress(config.server().listen().host(), dataAddress().getPort());
  }

  /** Returns the admin listener's address as configured, with the port that was taken. */
  public ListenAddress adminListen() {
    return new ListenAddress(config.admin().listen().host(), adminAddress().getPort());
  }

  /** Returns how many requests are under way. */
  public int requestsInFlight() {
    return inFlight.count();
  }

  /**
   * Stops: not ready at once, no new connections, requests under way have the configured time, then
   * everything closes. The admin listener answers until the last moment.
   *
   * @return whether all requests came to their end
   */
  public boolean stop() {
    monitor.drain();
    data.drain();
    boolean all = false;
    try {
      all = inFlight.await(config.server().drainTimeout().toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!all) {
      LOG.warn("{} requests were broken off after the drain time", inFlight.count());
    }
    data.close();
    admin.close();
    if (shared != null) {
      shared.close();
    }
    upstreams.close();
    transport.acceptors().shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    transport.workers().shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    if (certificates != null) {
      certificates.shutdownNow();
    }
    worker.shutdown();
    lookUps.forEach(ExecutorService::shutdownNow);
    meters.close();
    return all;
  }

  @Override
  public void close() {
    stop();
  }

  /** Makes the parts of one configuration. */
  private static final class Builder {
    private final GatewayConfig config;
    private final InstantSource clock;
    private final Transport transport;
    private final ExecutorService worker;
    private final List<ExecutorService> lookUps = new ArrayList<>();
    private final GatewayMeters meters;
    private final InFlight inFlight = new InFlight();
    private final Upstreams.Backend loki;
    private final Upstreams.Backend tempo;
    private final Upstreams upstreams;
    private final UpstreamMonitor monitor;
    private final @Nullable SharedLevel shared;
    private final ResponseCache cache;
    private final ProxyHandler dataHandler;
    private final AdminHandler adminHandler;

    Builder(GatewayConfig config, String version, InstantSource clock) {
      this.config = config;
      this.clock = clock;
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
      transport = Transport.start(config.server());
      worker = Threads.workers();
      meters = new GatewayMeters(version);
      loki = backend("loki", config.loki());
      tempo = backend("tempo", config.tempo());
      upstreams = new Upstreams(loki, tempo);
      CacheMeters cacheMeters = new CacheMeters(meters);
      shared = SharedLevel.open(config.cache(), cacheMeters, System::nanoTime, clock, worker);
      cache = new ResponseCache(config.cache(), cacheMeters, System::nanoTime, shared);
      cacheMeters.watch(cache::stats);
      if (shared != null) {
        cacheMeters.watchShared(shared::stats);
      }
      CachePolicy policy = new CachePolicy(config.cache());
      Via via = new Via("spanway-" + instanceName());
      LinkTags linkTags = correlator.linkTags(config.enrichTraces().tags());
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
                  cache,
                  policy,
                  correlator,
                  fields,
                  new AnnotateMeters(meters),
                  linkTags,
                  config.enrichTraces(),
                  config.identity().allHeaders(),
                  via,
                  worker,
                  config.limits().maxTrace().bytes(),
                  MAX_MERGED_LOGS,
                  config.tail(),
                  clock));
      dataHandler =
          new ProxyHandler(
              Router.compile(config.routes()),
              planner,
              executor,
              config.identity(),
              via,
              config.limits().maxForm().bytes(),
              clock,
              listener());
      monitor =
          new UpstreamMonitor(transport.workers().next(), loki, tempo, correlator.streamLabels());
      meters.missingLabels(monitor::missingLabels);
      StatusPage status = new StatusPage(version, cache, shared, meters, monitor, inFlight);
      adminHandler =
          new AdminHandler(
              pages(version, status), new WebUi(config.admin().ui(), dataHandler, status::json));
    }

    private ExchangeListener listener() {
      List<ExchangeListener> all = new ArrayList<>();
      all.add(inFlight);
      all.add(meters);
      if (config.telemetry().accessLog().enabled()) {
        all.add(new AccessLog(clock));
      }
      return new ExchangeListeners(all);
    }

    private Upstreams.Backend backend(String name, UpstreamConfig from) {
      UpstreamSettings settings = settings(name, from, from.urls(), Protocol.HTTP1);
      Secret authorization = from.auth().authorization();
      @Nullable String value = authorization == null ? null : authorization.value();
      String fingerprint =
          from.urls() + "\n" + from.grpcUrls() + "\n" + from.tenant() + "\n" + value;
      ExecutorService names = Threads.lookUps(name, from, transport.loops());
      lookUps.add(names);
      PoolMeters pool = new PoolMeters(meters, name);
      UpstreamClient client = new UpstreamClient(settings, names, pool);
      pool.watch(client);
      UpstreamClient grpc;
      if (from.grpcUrls().isEmpty()) {
        grpc = client.speaking(Protocol.HTTP2);
      } else {
        grpc =
            new UpstreamClient(settings(name, from, from.grpcUrls(), Protocol.HTTP2), names, pool);
        pool.watch(grpc);
      }
      return new Upstreams.Backend(client, grpc, from.tenant(), value, fingerprint);
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
          from.connectionsPerLoop(transport.loops()),
          MAX_WAITING,
          transport.socketType());
    }

    private static String instanceName() {
      return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    private AdminPages pages(String version, StatusPage status) {
      return new AdminPages(
          meters::scrape,
          monitor::readiness,
          () -> "{\"version\":\"" + version + "\"}\n",
          () -> ConfigText.write(config),
          status::cache,
          this::purge,
          new DoctorRuns(config, doctorUpstreams(null), clock));
    }

    private DoctorUpstreams doctorUpstreams(@Nullable String tenant) {
      return new DoctorUpstreams(transport.workers().next(), loki, tempo, tenant);
    }

    private String purge(String tenant) {
      if (tenant.isEmpty()) {
        cache.purgeAll();
      } else {
        cache.purgeTenant(TenantId.parse(tenant));
      }
      return "{\"purged\":true}\n";
    }

    void release() {
      if (shared != null) {
        shared.close();
      }
      upstreams.close();
      transport.acceptors().shutdownGracefully(0, 1, TimeUnit.SECONDS);
      transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS);
      worker.shutdown();
      lookUps.forEach(ExecutorService::shutdownNow);
      meters.close();
    }
  }
}
