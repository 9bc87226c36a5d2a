// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.spanway.units.Excerpts;
import io.spanway.units.PrivateKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The content of the files that a TLS block names, at one moment. */
final class TlsFiles {
  private static final int MAX_BYTES = 1 << 20;

  private final byte @Nullable [] ca;
  private final byte @Nullable [] cert;
  private final byte @Nullable [] key;

  private TlsFiles(byte @Nullable [] ca, byte @Nullable [] cert, byte @Nullable [] key) {
    this.ca = ca;
    this.cert = cert;
    this.key = key;
  }

  /**
   * Reads the files. Blocks.
   *
   * @throws IllegalArgumentException if one cannot be read; the message begins with its key
   */
  static TlsFiles read(UpstreamTls tls) {
    return new TlsFiles(
        bytes("caFile", tls.caFile()),
        bytes("certFile", tls.certFile()),
        bytes("keyFile", tls.keyFile()));
  }

  private static byte @Nullable [] bytes(String key, @Nullable String path) {
    if (path == null) {
      return null;
    }
    String problem;
    try (InputStream in = Files.newInputStream(Path.of(path))) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return bytes;
      }
      problem = "is larger than 1MiB";
    } catch (NoSuchFileException e) {
      problem = "is not there";
    } catch (IOException | RuntimeException e) {
      problem = "cannot be read: " + e.getClass().getSimpleName();
    }
    throw refused(key, path, problem, "a PEM file");
  }

  boolean sameAs(TlsFiles other) {
    return Arrays.equals(ca, other.ca)
        && Arrays.equals(cert, other.cert)
        && Arrays.equals(key, other.key);
  }

  /**
   * Makes a context of them.
   *
   * @throws IllegalArgumentException if they are not what they should be
   */
  SslContext context(UpstreamTls tls, UpstreamSettings.Protocol protocol) {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    if (tls.tlsSkipVerify()) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm("");
    } else {
      builder.endpointIdentificationAlgorithm("HTTPS");
      if (ca != null) {
        builder.trustManager(certificates("caFile", String.valueOf(tls.caFile()), ca));
      }
    }
    if (cert != null && key != null) {
      // Looked at apart, so that the message can say which of the two it is.
      X509Certificate[] chain = certificates("certFile", String.valueOf(tls.certFile()), cert);
      PrivateKey secret;
      try {
        secret = ClientKey.read(key);
      } catch (GeneralSecurityException e) {
        throw refused(
            "keyFile",
            String.valueOf(tls.keyFile()),
            "holds no key that can be read",
            "an unencrypted PKCS#8 key in PEM");
      }
      if (!PrivateKeys.isOf(chain[0], secret)) {
        throw refused(
            "keyFile",
            String.valueOf(tls.keyFile()),
            "is of another certificate",
            "the key of certFile's first certificate");
      }
      builder.keyManager(secret, chain);
    }
    builder.applicationProtocolConfig(
        new ApplicationProtocolConfig(
            Protocol.ALPN,
            SelectorFailureBehavior.NO_ADVERTISE,
            SelectedListenerFailureBehavior.ACCEPT,
            // HTTP/1.1 is offered beside HTTP/2 to hear of an upstream that has nothing else.
            protocol == UpstreamSettings.Protocol.HTTP2
                ? new String[] {ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1}
                : new String[] {ApplicationProtocolNames.HTTP_1_1}));
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "certFile: was not usable: " + e.getMessage() + " (expected: PEM files)", e);
    }
  }

  private static X509Certificate[] certificates(String key, String path, byte[] pem) {
    try {
      X509Certificate[] all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      if (all.length > 0) {
        return all;
      }
    } catch (GeneralSecurityException e) {
      throw refused(key, path, "holds no certificate that can be read", "a PEM file");
    }
    throw refused(key, path, "holds no certificate", "a PEM file");
  }

  private static IllegalArgumentException refused(
      String key, String path, String problem, String expected) {
    return new IllegalArgumentException(
        key
            + ": was "
            + Excerpts.quote(path)
            + ", which "
            + problem
            + " (expected: "
            + expected
            + ")");
  }
}
