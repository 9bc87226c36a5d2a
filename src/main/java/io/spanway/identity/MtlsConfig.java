// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.identity.AuthConfig.CallerRule;
import javax.security.auth.x500.X500Principal;

/**
 * What of a client's certificate says who the caller is.
 *
 * @param nameFrom where the name is
 */
public record MtlsConfig(NameFrom nameFrom) {
  /** The whole subject. */
  public static final MtlsConfig DEFAULT = new MtlsConfig(NameFrom.SUBJECT);

  /** Where in a certificate the caller's name is. */
  public enum NameFrom {
    /** The whole subject as RFC 2253 writes it, such as {@code CN=ann,O=Acme}. */
    SUBJECT,
    /** The common name of the subject, the last of several. */
    COMMON_NAME,
    /** A DNS name among the subject's alternative names. */
    DNS,
    /** A URI among them, such as {@code spiffe://acme/grafana}. */
    URI,
    /** An e-mail address among them. */
    EMAIL
  }

  /**
   * Returns the text to which names from certificates are compared.
   *
   * @param name of a rule
   * @throws IllegalArgumentException if it cannot be the name in any certificate
   */
  String key(String name) {
    if (nameFrom != NameFrom.SUBJECT || name.equals(CallerRule.ANYBODY)) {
      return name;
    }
    try {
      return new X500Principal(name).getName(X500Principal.RFC2253);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "was " + name + " (expected: a subject such as CN=ann,O=Acme, or another mtls.nameFrom)",
          e);
    }
  }
}
