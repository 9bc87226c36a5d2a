// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.units.DurationText;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the data listener; off without a certificate. Files are PEM.
 *
 * @param certFile the certificate and those that lead to its authority
 * @param keyFile its private key, PKCS#8 and not encrypted
 * @param clientCaFile the authorities whose client certificates are accepted
 * @param clientAuth whether clients have to show one
 * @param sni other certificates for some host names
 * @param minVersion {@code TLSv1.2} or {@code TLSv1.3}
 * @param reloadInterval how often the files are looked at
 */
public record TlsConfig(
    @Nullable String certFile,
    @Nullable String keyFile,
    @Nullable String clientCaFile,
    ClientAuth clientAuth,
    List<Sni> sni,
    String minVersion,
    Duration reloadInterval) {
  private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");

  /** What holds where the file says nothing: no TLS. */
  public static final TlsConfig DEFAULT =
      new TlsConfig(
          null, null, null, ClientAuth.NONE, List.of(), "TLSv1.2", Duration.ofSeconds(10));

  /**
   * Checks what does not need the files.
   *
   * @throws IllegalArgumentException if the values do not go together
   */
  public TlsConfig {
    sni = List.copyOf(sni);
    if ((certFile == null) != (keyFile == null)) {
      String missing = certFile == null ? "certFile" : "keyFile";
      throw new IllegalArgumentException(
          missing + ": is missing (expected: certFile and keyFile together)");
    }
    if (certFile == null && (!sni.isEmpty() || clientCaFile != null)) {
      throw new IllegalArgumentException(
          "certFile: is missing (expected: a file, as there is sni or clientCaFile)");
    }
    if (clientAuth != ClientAuth.NONE && clientCaFile == null) {
      throw new IllegalArgumentException(
          "clientCaFile: is missing (expected: a file, as clientAuth asks for certificates)");
    }
    if (clientAuth == ClientAuth.NONE && clientCaFile != null) {
      throw new IllegalArgumentException(
          "clientAuth: was none (expected: optional or required, as there is a clientCaFile)");
    }
    if (!VERSIONS.contains(minVersion)) {
      throw new IllegalArgumentException(
          "minVersion: was " + minVersion + " (expected: TLSv1.2 or TLSv1.3)");
    }
    if (reloadInterval.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException(
          "reloadInterval: was "
              + DurationText.format(reloadInterval)
              + " (expected: 100ms or more)");
    }
  }

  /** Says whether there is TLS. */
  public boolean isOn() {
    return certFile != null;
  }

  /** Whether clients have to show a certificate. */
  public enum ClientAuth {
    /** They are not asked for one. */
    NONE,
    /** They may, and it has to be good. */
    OPTIONAL,
    /** They must. */
    REQUIRED
  }

  /**
   * A certificate for some host names.
   *
   * @param hosts the names; {@code *.b.example} stands for one label more
   * @param certFile the certificate and those that lead to its authority
   * @param keyFile its private key
   */
  public record Sni(List<String> hosts, String certFile, String keyFile) {
    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if there is none, or one with a star elsewhere
     */
    public Sni {
      hosts = List.copyOf(hosts);
      if (hosts.isEmpty()) {
        throw new IllegalArgumentException("hosts: was empty (expected: one name or more)");
      }
      for (String host : hosts) {
        String rest = host.startsWith("*.") ? host.substring(2) : host;
        if (rest.isEmpty() || rest.indexOf('*') >= 0 || rest.indexOf(':') >= 0) {
          throw new IllegalArgumentException(
              "hosts: was " + host + " (expected: a name such as a.example or *.b.example)");
        }
      }
    }
  }
}
