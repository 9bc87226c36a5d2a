// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import org.jspecify.annotations.Nullable;

/**
 * How {@code https} URLs of an upstream are connected to. {@code serverName} and {@code
 * tlsSkipVerify} are Grafana's names. Files are PEM.
 *
 * @param caFile the authorities that may vouch for the upstream, in place of Java's own
 * @param certFile Spanway's certificate, with those in between, for upstreams that ask for one
 * @param keyFile its key, PKCS#8 and not encrypted
 * @param serverName the name that the upstream's certificate must have, in place of the URL's host
 * @param tlsSkipVerify takes any certificate
 */
public record UpstreamTls(
    @Nullable String caFile,
    @Nullable String certFile,
    @Nullable String keyFile,
    @Nullable String serverName,
    boolean tlsSkipVerify) {
  /** Java's authorities, no certificate. */
  public static final UpstreamTls DEFAULT = new UpstreamTls(null, null, null, null, false);

  /**
   * Checks that the parts go together.
   *
   * @throws IllegalArgumentException if a certificate or a key stands alone
   */
  public UpstreamTls {
    if (certFile != null && keyFile == null) {
      throw new IllegalArgumentException("certFile: was set alone (expected: keyFile too)");
    }
    if (keyFile != null && certFile == null) {
      throw new IllegalArgumentException("keyFile: was set alone (expected: certFile too)");
    }
  }

  /**
   * Reads the files as a start would.
   *
   * @throws IllegalArgumentException if one cannot be used; the message begins with its key
   */
  public void check() {
    if (caFile == null && certFile == null) {
      // Java's own authorities need no check, and reading them takes a good part of a start.
      return;
    }
    TlsFiles.read(this).context(this, UpstreamSettings.Protocol.HTTP1);
  }
}
