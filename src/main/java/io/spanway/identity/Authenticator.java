// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.http.RequestHead;
import io.spanway.identity.AuthConfig.Method;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Finds out who calls. Thread-safe. */
public sealed interface Authenticator permits HeaderAuthenticator, CertificateAuthenticator {
  /**
   * Reads the files of {@code config}. Blocks.
   *
   * @param nanos the monotonic time
   * @return null where nobody has to prove who they are
   * @throws IllegalArgumentException if a file cannot be used; the message names its key
   */
  static @Nullable Authenticator open(
      IdentityConfig config, InstantSource clock, LongSupplier nanos) {
    if (config.auth().method() == Method.MTLS) {
      return new CertificateAuthenticator(config, clock);
    }
    return config.auth().isOn() ? new HeaderAuthenticator(config, clock, nanos) : null;
  }

  /** Returns the value of {@code WWW-Authenticate}. */
  String challenge();

  /**
   * Says what can be said at once, null where {@link #verify} has to be asked. Never blocks.
   *
   * @param address of the client, without its port
   * @param certificate the client's, which TLS found good; null if it showed none
   */
  @Nullable Verdict recognize(
      RequestHead head, String address, @Nullable X509Certificate certificate);

  /** Looks at the credentials. Burns CPU, reads files and may wait for the network. */
  Verdict verify(RequestHead head, String address, @Nullable X509Certificate certificate);
}
