// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.spanway.http.RequestHead;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, from the certificate with which they made their connection. That an
 * authority vouches for it is TLS's business and done; how long it is good for is looked at here
 * with each request, since connections and resumed sessions may outlast it.
 */
final class CertificateAuthenticator implements Authenticator {
  private final IdentityConfig config;
  private final InstantSource clock;
  private final CallerRules rules;

  /** By the certificate object, of which a connection has one: names are read once. */
  private final Cache<X509Certificate, Proof.Of> known =
      Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();

  CertificateAuthenticator(IdentityConfig config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    this.rules = new CallerRules(config);
  }

  /** RFC 9110 wants one with each 401; no scheme is registered for what TLS does. */
  @Override
  public String challenge() {
    return "ClientCertificate realm=\"" + config.auth().realm() + "\"";
  }

  @Override
  public Verdict recognize(
      RequestHead head, String address, @Nullable X509Certificate certificate) {
    return verify(head, address, certificate);
  }

  @Override
  public Verdict verify(RequestHead head, String address, @Nullable X509Certificate certificate) {
    if (certificate == null) {
      return new Verdict.Refused(Refusal.NO_CERTIFICATE, 0);
    }
    Proof.Of proof = known.getIfPresent(certificate);
    if (proof == null) {
      Proof made = prove(certificate);
      if (made instanceof Proof.None none) {
        return new Verdict.Refused(none.why(), 0);
      }
      proof = (Proof.Of) made;
      known.put(certificate, proof);
    }
    Instant until = proof.until();
    return until != null && clock.instant().isAfter(until)
        ? new Verdict.Refused(Refusal.WRONG, 0)
        : rules.judge(head, proof);
  }

  private Proof prove(X509Certificate certificate) {
    try {
      certificate.checkValidity(Date.from(clock.instant()));
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      return new Proof.None(Refusal.WRONG);
    }
    List<String> names = CertificateNames.of(certificate, config.auth().mtls().nameFrom());
    if (names.isEmpty()) {
      return new Proof.None(Refusal.UNMAPPED);
    }
    // Its authority vouches for all of them alike.
    String name = names.stream().filter(rules::names).findFirst().orElse(names.get(0));
    return new Proof.Of(name, certificate.getNotAfter().toInstant());
  }
}
