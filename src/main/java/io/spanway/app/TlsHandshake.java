// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.doctor.UpstreamAsker.TlsReply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Looks at the certificates of a server, whether or not they are good: the gateway's own clients
 * would only say that they are not. Sends nothing but the handshake.
 */
final class TlsHandshake implements X509TrustManager {
  private static final int TIMEOUT_MILLIS = 5000;

  private List<X509Certificate> seen = List.of();

  private TlsHandshake() {}

  static TlsReply with(String host, int port, String name) {
    TlsHandshake look = new TlsHandshake();
    String problem = "it ended the handshake";
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {look}, null);
      try (SSLSocket tls =
          (SSLSocket) context.getSocketFactory().createSocket(socket, name, port, true)) {
        askFor(tls, name);
        tls.startHandshake();
      }
    } catch (IOException | GeneralSecurityException e) {
      // A server that wants a certificate of ours has shown its own before it says so.
      problem = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    }
    return new TlsReply(look.seen, look.seen.isEmpty() ? problem : "");
  }

  private static void askFor(SSLSocket tls, String name) {
    try {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      tls.setSSLParameters(parameters);
    } catch (IllegalArgumentException anAddress) {
      // Only names can be asked for.
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {
    throw new IllegalStateException("this is no server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {
    seen = List.of(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
