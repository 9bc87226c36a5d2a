// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.DomainWildcardMappingBuilder;
import io.netty.util.Mapping;
import io.spanway.server.TlsConfig.Sni;
import io.spanway.units.PrivateKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener's certificates, as the files hold them now. New connections get what was loaded
 * last. Thread-safe; {@link #reload} reads files and is not for an event loop.
 */
public final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

  /** TLS 1.3, and of TLS 1.2 what encrypts with authentication and forward secrecy. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private final TlsConfig config;
  private final ServerListener listener;
  private volatile Mapping<? super String, SslContext> contexts;
  private Map<String, String> looked;

  private ServerTls(
      TlsConfig config,
      ServerListener listener,
      Map<String, String> files,
      Mapping<? super String, SslContext> contexts) {
    this.config = config;
    this.listener = listener;
    this.looked = files;
    this.contexts = contexts;
  }

  /**
   * Loads the certificates of {@code config}, which is on.
   *
   * @throws IOException when a file cannot be used; the message names its key, the file and why
   */
  public static ServerTls load(TlsConfig config, ServerListener listener) throws IOException {
    Map<String, String> files = read(config);
    return new ServerTls(config, listener, files, contexts(config, files));
  }

  /** Takes up files whose content changed; those that cannot be used leave the old in force. */
  public synchronized void reload() {
    Map<String, String> files = null;
    try {
      files = read(config);
      if (files.equals(looked)) {
        return;
      }
      looked = files;
      contexts = contexts(config, files);
    } catch (IOException e) {
      Map<String, String> broken =
          files == null ? Map.of("", String.valueOf(e.getMessage())) : files;
      if (files == null && broken.equals(looked)) {
        return;
      }
      // Once for each content: the same is not looked at again.
      looked = broken;
      listener.certificatesReloaded(false);
      LOG.warn("the certificates in use stay: {}", e.getMessage());
      return;
    }
    listener.certificatesReloaded(true);
    LOG.info("new certificates are in use");
  }

  Mapping<? super String, SslContext> contexts() {
    return contexts;
  }

  private static Map<String, String> read(TlsConfig config) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    put(files, "server.tls.certFile", config.certFile());
    put(files, "server.tls.keyFile", config.keyFile());
    put(files, "server.tls.clientCaFile", config.clientCaFile());
    int i = 0;
    for (Sni each : config.sni()) {
      String key = "server.tls.sni[" + i++ + "]";
      put(files, key + ".certFile", each.certFile());
      put(files, key + ".keyFile", each.keyFile());
    }
    return files;
  }

  private static void put(Map<String, String> files, String key, @Nullable String file)
      throws IOException {
    if (file == null) {
      return;
    }
    try {
      files.put(key, Files.readString(Path.of(file), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw new IOException(key + ": there is no file " + file, e);
    } catch (IOException e) {
      throw new IOException(key + ": cannot read " + file, e);
    }
  }

  private static Mapping<? super String, SslContext> contexts(
      TlsConfig config, Map<String, String> files) throws IOException {
    var mapping = new DomainWildcardMappingBuilder<>(context(config, files, "server.tls"));
    int i = 0;
    for (Sni each : config.sni()) {
      SslContext context = context(config, files, "server.tls.sni[" + i++ + "]");
      each.hosts().forEach(host -> mapping.add(host, context));
    }
    return mapping.build();
  }

  private static SslContext context(TlsConfig config, Map<String, String> files, String key)
      throws IOException {
    List<X509Certificate> chain = certificates(files, key + ".certFile");
    PrivateKey secret = privateKey(files, key + ".keyFile");
    if (!PrivateKeys.isOf(chain.get(0), secret)) {
      throw new IOException(key + ".keyFile: is not the key of the certificate");
    }
    SslContextBuilder builder =
        SslContextBuilder.forServer(secret, chain)
            .sslProvider(SslProvider.JDK)
            .protocols(
                config.minVersion().equals("TLSv1.3")
                    ? List.of("TLSv1.3")
                    : List.of("TLSv1.3", "TLSv1.2"))
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1));
    if (config.clientAuth() != TlsConfig.ClientAuth.NONE) {
      builder
          .trustManager(certificates(files, "server.tls.clientCaFile"))
          .clientAuth(
              config.clientAuth() == TlsConfig.ClientAuth.REQUIRED
                  ? io.netty.handler.ssl.ClientAuth.REQUIRE
                  : io.netty.handler.ssl.ClientAuth.OPTIONAL);
    }
    return builder.build();
  }

  private static List<X509Certificate> certificates(Map<String, String> files, String key)
      throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (byte[] der : blocks(files.getOrDefault(key, ""), "CERTIFICATE")) {
        found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
    } catch (CertificateException | IllegalArgumentException e) {
      throw new IOException(key + ": holds a certificate that cannot be read", e);
    }
    if (found.isEmpty()) {
      throw new IOException(key + ": holds no certificate (expected: PEM, BEGIN CERTIFICATE)");
    }
    return found;
  }

  private static PrivateKey privateKey(Map<String, String> files, String key) throws IOException {
    String text = files.getOrDefault(key, "");
    String wanted = " (expected: PKCS#8, as openssl pkcs8 -topk8 -nocrypt writes it)";
    if (text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")) {
      throw new IOException(key + ": holds an encrypted key" + wanted);
    }
    if (text.contains("BEGIN RSA PRIVATE KEY")) {
      throw new IOException(key + ": holds a PKCS#1 key" + wanted);
    }
    if (text.contains("BEGIN EC PRIVATE KEY")) {
      throw new IOException(key + ": holds a SEC1 key" + wanted);
    }
    try {
      for (byte[] der : blocks(text, "PRIVATE KEY")) {
        PrivateKey made = PrivateKeys.read(der);
        if (made != null) {
          return made;
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(key + ": holds a key that is not base64" + wanted, e);
    }
    throw new IOException(key + ": holds no private key of RSA, EC or Ed25519" + wanted);
  }

  private static List<byte[]> blocks(String pem, String label) {
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    List<byte[]> blocks = new ArrayList<>();
    int from = pem.indexOf(begin);
    while (from >= 0) {
      int to = pem.indexOf(end, from);
      if (to < 0) {
        throw new IllegalArgumentException("no end");
      }
      blocks.add(Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to)));
      from = pem.indexOf(begin, to);
    }
    return blocks;
  }
}
