// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.http.Via;
import io.spanway.observe.AnnotateMeters;
import io.spanway.observe.CacheMeters;
import io.spanway.observe.GatewayMeters;
import io.spanway.observe.LineWriter;
import io.spanway.observe.PoolMeters;
import io.spanway.proxy.AdmissionControl;
import io.spanway.proxy.LimitsConfig;
import io.spanway.server.ServerConfig;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * What outlives a configuration: threads, metrics, and who counts requests.
 *
 * @param version what {@code spanway_build_info} says
 * @param clock the time
 * @param transport the event loops
 * @param worker runs what would hold up an event loop
 * @param credentials looks at callers' credentials
 * @param meters all metrics
 * @param lokiPool counts Loki's connections
 * @param tempoPool counts Tempo's
 * @param cacheMeters counts what the cache does
 * @param annotateMeters counts what derived fields find
 * @param inFlight counts requests under way
 * @param admission says which requests are taken on
 * @param accessLines writes the access log
 * @param via this process' mark on requests
 */
record Foundation(
    String version,
    InstantSource clock,
    Transport transport,
    ExecutorService worker,
    ExecutorService credentials,
    GatewayMeters meters,
    PoolMeters lokiPool,
    PoolMeters tempoPool,
    CacheMeters cacheMeters,
    AnnotateMeters annotateMeters,
    InFlight inFlight,
    AdmissionControl admission,
    LineWriter accessLines,
    Via via) {

  static Foundation lay(ServerConfig server, String version, InstantSource clock) {
    GatewayMeters meters = new GatewayMeters(version);
    AdmissionControl admission = new AdmissionControl(LimitsConfig.DEFAULT, System::nanoTime);
    meters.admission(admission);
    return new Foundation(
        version,
        clock,
        Transport.start(server),
        Threads.workers(),
        Threads.credentials(),
        meters,
        new PoolMeters(meters, "loki"),
        new PoolMeters(meters, "tempo"),
        new CacheMeters(meters),
        new AnnotateMeters(meters),
        new InFlight(),
        admission,
        LineWriter.toLogger(),
        new Via("spanway-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt())));
  }

  /** Ends all threads; waits for the event loops. */
  void close() {
    var accepted = transport.acceptors().shutdownGracefully(0, 2, TimeUnit.SECONDS);
    var worked = transport.workers().shutdownGracefully(0, 5, TimeUnit.SECONDS);
    accepted.awaitUninterruptibly();
    worked.awaitUninterruptibly();
    worker.shutdown();
    credentials.shutdown();
    meters.close();
    accessLines.close();
  }
}
