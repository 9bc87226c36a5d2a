// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.identity.MtlsConfig.NameFrom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Finds the names in a certificate. */
final class CertificateNames {
  // RFC 5280 section 4.2.1.6, GeneralName.
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;

  private CertificateNames() {}

  /** Returns the names of one kind in the certificate's order, none where it has none. */
  static List<String> of(X509Certificate certificate, NameFrom from) {
    String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
    return switch (from) {
      case SUBJECT -> subject.isEmpty() ? List.of() : List.of(subject);
      case COMMON_NAME -> commonName(subject);
      case DNS -> alternatives(certificate, DNS);
      case URI -> alternatives(certificate, URI);
      case EMAIL -> alternatives(certificate, EMAIL);
    };
  }

  private static List<String> commonName(String subject) {
    try {
      List<Rdn> parts = new LdapName(subject).getRdns();
      for (int i = parts.size() - 1; i >= 0; i--) {
        // Of a part that is several things at once (CN=a+OU=b) too.
        Attribute named = parts.get(i).toAttributes().get("CN");
        if (named != null) {
          return named.get() instanceof String name && !name.isEmpty() ? List.of(name) : List.of();
        }
      }
      return List.of();
    } catch (NamingException e) {
      return List.of();
    }
  }

  private static List<String> alternatives(X509Certificate certificate, int kind) {
    List<String> names = new ArrayList<>();
    try {
      @Nullable Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> each : all) {
          if (each.get(0).equals(kind) && each.get(1) instanceof String name && !name.isEmpty()) {
            names.add(name);
          }
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    return names;
  }
}
