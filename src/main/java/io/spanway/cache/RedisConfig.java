// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.units.DataSize;
import io.spanway.units.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A Redis or Valkey that keeps answers for several replicas, behind the cache that each has of its
 * own.
 *
 * @param url {@code redis://host:port/database}, or {@code rediss://} for TLS; null for none
 * @param cluster whether {@code url} is a node of a cluster, which tells of the others
 * @param username the user of Redis' access control lists; null for the default user
 * @param password its password
 * @param timeout how long a request waits for an answer from Redis before it goes to the upstream;
 *     1 ms to 5 s
 * @param keyPrefix what all keys begin with: Spanways with different prefixes share nothing
 * @param maxEntry the largest value kept there, compressed; larger answers stay in memory
 * @param minTtl answers that are used for less than this are not worth the way there and back
 * @param maxPending bytes of answers that wait to be written; beyond that they are not
 * @param tls how a {@code rediss} URL is connected to
 */
public record RedisConfig(
    @Nullable String url,
    boolean cluster,
    @Nullable String username,
    @Nullable Secret password,
    Duration timeout,
    String keyPrefix,
    DataSize maxEntry,
    Duration minTtl,
    DataSize maxPending,
    Tls tls) {
  private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);
  private static final Duration MAX_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_PREFIX = 128;
  private static final String EXPECTED_URL =
      " (expected: redis://host:6379 or rediss://host:6379, with or without /0)";

  /** No Redis. */
  public static final RedisConfig DEFAULT =
      new RedisConfig(
          null,
          false,
          null,
          null,
          Duration.ofMillis(50),
          "spanway:",
          DataSize.mib(4),
          Duration.ofSeconds(5),
          DataSize.mib(32),
          Tls.DEFAULT);

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public RedisConfig {
    if (url != null) {
      checkUrl(url, cluster);
    }
    if (username != null && password == null) {
      throw new IllegalArgumentException("username: was set alone (expected: password too)");
    }
    if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException("timeout: was " + timeout + " (expected: 1ms to 5s)");
    }
    if (keyPrefix.length() > MAX_PREFIX || !isPlain(keyPrefix)) {
      throw new IllegalArgumentException(
          "keyPrefix: was "
              + keyPrefix
              + " (expected: at most 128 printable characters of ASCII, no space or brace)");
    }
    if (maxEntry.bytes() == 0 || maxEntry.bytes() > DataSize.mib(256).bytes()) {
      throw new IllegalArgumentException(
          "maxEntry: was " + maxEntry + " (expected: more than 0B, at most 256MiB)");
    }
    if (minTtl.isNegative()) {
      throw new IllegalArgumentException("minTtl: was " + minTtl + " (expected: zero or more)");
    }
    if (maxPending.bytes() == 0) {
      throw new IllegalArgumentException("maxPending: was 0B (expected: more)");
    }
  }

  /** Says whether there is one. */
  public boolean isOn() {
    return url != null;
  }

  private static void checkUrl(String url, boolean cluster) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      // Not the text itself: somebody may have put a password into it.
      throw new IllegalArgumentException("url: was not a URL" + EXPECTED_URL);
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "url: was one with credentials (expected: username and password as keys of their own)");
    }
    boolean scheme = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
    if (!scheme || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
      throw new IllegalArgumentException("url: was " + url + EXPECTED_URL);
    }
    int database = databaseOf(uri);
    if (database < 0) {
      throw new IllegalArgumentException("url: was " + url + EXPECTED_URL);
    }
    if (cluster && database > 0) {
      throw new IllegalArgumentException(
          "url: was " + url + " (expected: no database in a cluster)");
    }
  }

  /** Returns the database that a URL names, 0 for none, less for a path that is none. */
  static int databaseOf(URI uri) {
    String path = uri.getPath();
    if (path == null || path.isEmpty() || path.equals("/")) {
      return 0;
    }
    try {
      return Integer.parseInt(path.substring(1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static boolean isPlain(String text) {
    // Braces would send all keys of a cluster to one node.
    return text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '{' && c != '}');
  }

  /**
   * TLS to Redis. Files are PEM, and read when a connection is made.
   *
   * @param caFile the authorities that may vouch for Redis, in place of Java's own
   * @param certFile Spanway's certificate, for a Redis that asks for one
   * @param keyFile its key, PKCS#8 and not encrypted
   * @param tlsSkipVerify takes any certificate
   */
  public record Tls(
      @Nullable String caFile,
      @Nullable String certFile,
      @Nullable String keyFile,
      boolean tlsSkipVerify) {
    /** Java's authorities, no certificate. */
    public static final Tls DEFAULT = new Tls(null, null, null, false);

    /**
     * Checks that the parts go together.
     *
     * @throws IllegalArgumentException if a certificate or a key stands alone
     */
    public Tls {
      if (certFile != null && keyFile == null) {
        throw new IllegalArgumentException("certFile: was set alone (expected: keyFile too)");
      }
      if (keyFile != null && certFile == null) {
        throw new IllegalArgumentException("keyFile: was set alone (expected: certFile too)");
      }
    }

    /**
     * Reads the files as a connection would.
     *
     * @throws IllegalArgumentException if one cannot be used; the message begins with its key
     */
    public void check() {
      certificates("caFile", caFile);
      certificates("certFile", certFile);
      if (keyFile != null && !Files.isReadable(Path.of(keyFile))) {
        throw new IllegalArgumentException("keyFile: " + keyFile + " cannot be read");
      }
    }

    private static void certificates(String key, @Nullable String file) {
      if (file == null) {
        return;
      }
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
          throw new IllegalArgumentException(key + ": " + file + " has no certificate");
        }
      } catch (IOException | CertificateException e) {
        throw new IllegalArgumentException(key + ": " + file + " cannot be read: " + e, e);
      }
    }
  }
}
