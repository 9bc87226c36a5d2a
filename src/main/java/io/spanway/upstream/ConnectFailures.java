// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.spanway.http.ProxyError;
import io.spanway.units.Excerpts;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Says in RFC 9209's words why there is no connection. */
final class ConnectFailures {
  private static final int MAX_CAUSES = 8;

  private ConnectFailures() {}

  /** Returns the failure that {@code cause} stands for; its detail is for the log. */
  static UpstreamException of(Throwable cause) {
    return new UpstreamException(error(cause), "no connection: " + text(cause));
  }

  /** Returns the error of a connection that broke, which may be of TLS. */
  static ProxyError broken(Throwable cause, ProxyError otherwise) {
    ProxyError tls = tls(cause);
    return tls == null ? otherwise : tls;
  }

  /** Returns class and message of {@code cause}, and of what is behind an error of TLS. */
  static String text(Throwable cause) {
    Throwable root = cause;
    for (int i = 0; i < MAX_CAUSES && root.getCause() != null; i++) {
      root = root.getCause();
    }
    String first = one(cause);
    return root == cause || !(cause instanceof SSLException) ? first : first + ": " + one(root);
  }

  private static String one(Throwable cause) {
    String message = cause.getMessage();
    String name = cause.getClass().getSimpleName();
    return message == null ? name : name + " " + Excerpts.quote(message);
  }

  private static ProxyError error(Throwable cause) {
    if (cause instanceof ConnectTimeoutException || cause instanceof SslHandshakeTimeoutException) {
      return ProxyError.CONNECTION_TIMEOUT;
    }
    ProxyError tls = tls(cause);
    if (tls != null) {
      return tls;
    }
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (cause instanceof NoRouteToHostException
        || (cause instanceof SocketException && message.contains("unreachable"))) {
      return ProxyError.DESTINATION_IP_UNROUTABLE;
    }
    if (cause instanceof SocketException && message.contains("timed out")) {
      return ProxyError.CONNECTION_TIMEOUT;
    }
    if (cause instanceof ConnectException || message.contains("connection refused")) {
      return ProxyError.CONNECTION_REFUSED;
    }
    return ProxyError.CONNECTION_TERMINATED;
  }

  private static @Nullable ProxyError tls(Throwable cause) {
    boolean ofTls = false;
    Throwable each = cause;
    for (int i = 0; i < MAX_CAUSES && each != null; i++, each = each.getCause()) {
      if (each instanceof CertificateException || each instanceof SSLPeerUnverifiedException) {
        return ProxyError.TLS_CERTIFICATE_ERROR;
      }
      if (each instanceof SSLException) {
        ofTls = true;
        if (String.valueOf(each.getMessage()).contains("Received fatal alert")) {
          return ProxyError.TLS_ALERT_RECEIVED;
        }
      }
    }
    return ofTls ? ProxyError.TLS_PROTOCOL_ERROR : null;
  }
}
