// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** What a certificate is for, and who vouches for it. */
final class CertificateNames {
  private static final int DNS = 2;
  private static final int IP = 7;
  private static final int SHOWN = 5;

  private CertificateNames() {}

  /** Says whether a certificate is for a host, a name or an address. */
  static boolean fits(X509Certificate certificate, String host) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    if (address != null) {
      return names(certificate, IP).stream()
          .anyMatch(
              each -> Arrays.equals(NetUtil.createByteArrayFromIpAddressString(each), address));
    }
    return names(certificate, DNS).stream().anyMatch(each -> isName(each, host));
  }

  /** Says whether a name of a certificate stands for a host: it may begin with {@code *.}. */
  static boolean isName(String pattern, String host) {
    String name = host.toLowerCase(Locale.ROOT);
    String of = pattern.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    return of.equals(name)
        || (dot > 0 && of.startsWith("*.") && of.substring(1).equals(name.substring(dot)));
  }

  /** Says for whom a certificate is, for people. */
  static String text(X509Certificate certificate) {
    List<String> names = new ArrayList<>(names(certificate, DNS));
    names.addAll(names(certificate, IP));
    return names.isEmpty()
        ? "no name at all"
        : String.join(", ", names.subList(0, Math.min(names.size(), SHOWN)))
            + (names.size() > SHOWN ? ", …" : "");
  }

  private static List<String> names(X509Certificate certificate, int kind) {
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      return all == null
          ? List.of()
          : all.stream()
              .filter(each -> each.get(0).equals(kind))
              .map(each -> String.valueOf(each.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  /**
   * Looks whether a chain leads to an authority.
   *
   * @param authorities null for Java's own
   * @throws GeneralSecurityException if it does not
   */
  static void trust(@Nullable List<X509Certificate> authorities, List<X509Certificate> chain)
      throws IOException, GeneralSecurityException {
    KeyStore store = null;
    if (authorities != null) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509TrustManager trust) {
        trust.checkServerTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
      }
    }
  }
}
