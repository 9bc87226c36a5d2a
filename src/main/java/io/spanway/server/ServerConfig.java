// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.units.DataSize;
import io.spanway.units.DurationText;
import java.time.Duration;

/**
 * The data listener.
 *
 * @param listen where it listens
 * @param transport how the sockets are driven
 * @param threads event loops; 0 takes one for each processor
 * @param idleTimeout the longest pause between two requests of a connection; above the 90 s for
 *     which Grafana keeps its connections, so that Grafana is the one to close
 * @param headTimeout from the first byte of a request's head to its last
 * @param bodyTimeout the longest pause inside a request's body
 * @param writeTimeout the longest time a client may take nothing of its answer; a tail is free of
 *     it
 * @param drainTimeout how long a shutdown waits for answers under way
 * @param maxHead request line and headers together; Loki takes queries of 300 KB in a GET
 * @param maxBody a request's body; Loki takes pushes of 100 MiB. 0 for no limit
 * @param maxConnections open connections; those beyond are closed at once. 0 for no limit
 * @param http2 what a client may do on an HTTP/2 connection
 * @param tls whether and how connections are encrypted
 */
public record ServerConfig(
    ListenAddress listen,
    Transport transport,
    int threads,
    Duration idleTimeout,
    Duration headTimeout,
    Duration bodyTimeout,
    Duration writeTimeout,
    Duration drainTimeout,
    DataSize maxHead,
    DataSize maxBody,
    int maxConnections,
    Http2Config http2,
    TlsConfig tls) {
  private static final int MAX_THREADS = 1024;
  private static final int MAX_CONNECTIONS = 10_000_000;
  private static final DataSize LEAST_HEAD = DataSize.kib(8);
  private static final DataSize GREATEST_HEAD = DataSize.mib(16);
  private static final Duration LONGEST_DRAIN = Duration.ofHours(1);

  /** What holds where the file says nothing. */
  public static final ServerConfig DEFAULT =
      new ServerConfig(
          new ListenAddress("0.0.0.0", 3100),
          Transport.AUTO,
          0,
          Duration.ofSeconds(120),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofMinutes(5),
          Duration.ofSeconds(30),
          DataSize.mib(1),
          DataSize.mib(128),
          10_000,
          Http2Config.DEFAULT,
          TlsConfig.DEFAULT);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public ServerConfig {
    if (threads < 0 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads: was " + threads + " (expected: 0 to " + MAX_THREADS + ")");
    }
    if (maxHead.compareTo(LEAST_HEAD) < 0 || maxHead.compareTo(GREATEST_HEAD) > 0) {
      throw new IllegalArgumentException(
          "maxHead: was " + maxHead + " (expected: " + LEAST_HEAD + " to " + GREATEST_HEAD + ")");
    }
    if (maxConnections < 0 || maxConnections > MAX_CONNECTIONS) {
      throw new IllegalArgumentException(
          "maxConnections: was " + maxConnections + " (expected: 0 to " + MAX_CONNECTIONS + ")");
    }
    requirePositive("idleTimeout", idleTimeout);
    requirePositive("headTimeout", headTimeout);
    requirePositive("bodyTimeout", bodyTimeout);
    requirePositive("writeTimeout", writeTimeout);
    if (drainTimeout.compareTo(LONGEST_DRAIN) > 0) {
      throw new IllegalArgumentException(
          "drainTimeout: was " + DurationText.format(drainTimeout) + " (expected: at most 1h)");
    }
  }

  /** Returns what of this limits a connection. */
  public ServerLimits limits() {
    return new ServerLimits(
        (int) maxHead.bytes(),
        headTimeout,
        bodyTimeout,
        idleTimeout,
        writeTimeout,
        maxConnections,
        maxBody.bytes(),
        http2);
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          name + ": was " + DurationText.format(duration) + " (expected: 1ms or more)");
    }
  }

  /** How sockets are driven. */
  public enum Transport {
    /** The platform's own way (epoll on Linux) where it is there, otherwise Java's. */
    AUTO,
    /** Java's selectors. */
    NIO
  }
}
