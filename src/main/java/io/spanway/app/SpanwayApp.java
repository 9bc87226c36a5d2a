// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.config.ConfigSource;
import io.spanway.config.GatewayConfig;
import io.spanway.doctor.Doctor;
import io.spanway.doctor.DoctorReport;
import io.spanway.server.ListenAddress;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running Spanway: puts the parts together, starts both listeners, takes up other configurations,
 * and stops in order. Thread-safe.
 */
public final class SpanwayApp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpanwayApp.class);

  /** What the export of the last spans may take when the drain time is over. */
  private static final long LAST_SPANS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Foundation base;
  private final Reloads reloads;

  /** Answers on the data listener, whatever is in force. */
  private final RequestHandler data = exchange -> hand(exchange, Generation::data);

  private final Listeners listeners;
  private volatile Generation current;

  private SpanwayApp(Foundation base, GatewayConfig config, @Nullable ConfigSource source)
      throws IOException {
    this.base = base;
    this.reloads = new Reloads(source, config, base, this::take);
    this.current = new Generation(base, config, null, data, reloads);
    try {
      this.listeners =
          new Listeners(base, config, data, exchange -> hand(exchange, Generation::admin));
    } catch (IOException | RuntimeException e) {
      current.lease().release();
      reloads.close();
      throw e;
    }
    current.start();
    reloads.start();
  }

  /**
   * Starts a Spanway whose configuration stays what it is.
   *
   * @param config a configuration that its loader found good
   * @param version what {@code spanway_build_info} says
   * @throws IOException when an address cannot be had
   */
  public static SpanwayApp start(GatewayConfig config, String version, InstantSource clock)
      throws IOException {
    return start(config, null, version, clock);
  }

  /**
   * Starts a Spanway.
   *
   * @param config a configuration that its loader found good
   * @param source where another one is read from later; null for nowhere
   * @param version what {@code spanway_build_info} says
   * @throws IOException when an address cannot be had
   */
  public static SpanwayApp start(
      GatewayConfig config, @Nullable ConfigSource source, String version, InstantSource clock)
      throws IOException {
    Foundation base = Foundation.lay(config.server(), version, clock);
    try {
      SpanwayApp app = new SpanwayApp(base, config, source);
      LOG.info(
          "data on {}{}, admin on {}, {} event loops by {}",
          config.server().tls().isOn() ? "https://" : "",
          app.dataListen(),
          app.adminListen(),
          base.transport().loops(),
          base.transport().name());
      LentCredentials.warnings(config, app.dataAddress()).forEach(LOG::warn);
      return app;
    } catch (IOException | RuntimeException e) {
      base.close();
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
    Foundation base = Foundation.lay(config.server(), version, clock);
    try {
      Reloads none = new Reloads(null, config, base, to -> {});
      Generation generation = new Generation(base, config, null, exchange -> {}, none);
      try {
        return Doctor.examine(config, generation.doctorUpstreams(tenant), clock);
      } finally {
        generation.lease().release();
        none.close();
      }
    } finally {
      base.close();
    }
  }

  /** Hands a request over to what is in force, which stays in being until it is done. */
  private void hand(ServerExchange exchange, Function<Generation, RequestHandler> part) {
    Generation now = current;
    while (!now.lease().acquire()) {
      now = current;
    }
    try {
      part.apply(now).handle(exchange);
    } finally {
      now.lease().release();
    }
  }

  private void take(GatewayConfig to) throws IOException {
    Generation former = current;
    Generation next = new Generation(base, to, former, data, reloads);
    Listeners.Change change;
    try {
      change = listeners.prepare(former.config(), to);
    } catch (IOException | RuntimeException e) {
      next.lease().release();
      throw e;
    }
    current = next;
    change.commit();
    next.start();
    former.replacedBy(next);
    former.lease().release();
    LentCredentials.warnings(to, dataAddress()).forEach(LOG::warn);
  }

  /** Has the configuration read again soon; what cannot be used leaves the former in force. */
  public void reload() {
    reloads.request();
  }

  /** Returns where the data listener is, with the port that was taken. */
  public InetSocketAddress dataAddress() {
    return listeners.dataAddress();
  }

  /** Returns where the admin listener is, with the port that was taken. */
  public InetSocketAddress adminAddress() {
    return listeners.adminAddress();
  }

  /** Returns the data listener's address as configured, with the port that was taken. */
  public ListenAddress dataListen() {
    return new ListenAddress(current.config().server().listen().host(), dataAddress().getPort());
  }

  /** Returns the admin listener's address as configured, with the port that was taken. */
  public ListenAddress adminListen() {
    return new ListenAddress(current.config().admin().listen().host(), adminAddress().getPort());
  }

  /** Returns how many requests are under way. */
  public int requestsInFlight() {
    return base.inFlight().count();
  }

  /**
   * Stops: not ready at once, no new connections, requests under way have the configured time, then
   * everything closes. The admin listener answers until the last moment.
   *
   * @return whether all requests came to their end
   */
  public boolean stop() {
    long deadline = System.nanoTime() + current.config().server().drainTimeout().toNanos();
    reloads.close();
    Generation last = current;
    last.monitor().drain();
    listeners.drainData();
    boolean all = false;
    try {
      all = base.inFlight().await(last.config().server().drainTimeout().toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!all) {
      LOG.warn("{} requests were broken off after the drain time", base.inFlight().count());
    }
    listeners.close();
    last.lease().release();
    base.close();
    try {
      last.finishSpans(Math.max(LAST_SPANS_NANOS, deadline - System.nanoTime()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return all;
  }

  @Override
  public void close() {
    stop();
  }
}
