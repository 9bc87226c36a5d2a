// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.http.Forwarded;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one connection of a client, whatever it speaks: tells the listener of it once
 * each. Confined to the connection's event loop.
 */
final class ClientConnection {
  private final ServerListener listener;
  private ClientProtocol protocol = ClientProtocol.HTTP1;
  private boolean secure;
  private @Nullable X509Certificate certificate;
  private @Nullable CloseReason reason;
  private @Nullable Forwarded forwarded;

  /** Creates one and tells that it is open. */
  ClientConnection(ServerListener listener) {
    this.listener = listener;
    listener.connectionOpened(protocol);
  }

  /** Notes that it speaks {@code next} from now on. */
  void speaks(ClientProtocol next) {
    listener.connectionClosed(protocol);
    protocol = next;
    listener.connectionOpened(next);
  }

  /** Notes that it is encrypted. */
  void secured() {
    secure = true;
  }

  boolean isSecure() {
    return secure;
  }

  /** Returns what upstreams are told of it, which comes from {@code address}. */
  Forwarded forwarded(SocketAddress address) {
    Forwarded made = forwarded;
    if (made == null) {
      made = Forwarded.of(address, secure);
      forwarded = made;
    }
    return made;
  }

  /** Notes by what the client proved who it is. */
  void proved(X509Certificate by) {
    certificate = by;
  }

  /** Returns by what the client proved who it is, null where it did not. */
  @Nullable X509Certificate certificate() {
    return certificate;
  }

  /** Notes why it is being closed; the first reason counts. */
  void closing(CloseReason why) {
    if (reason == null) {
      reason = why;
      listener.connectionCut(why);
    }
  }

  /** Notes that it is closed. */
  void closed() {
    listener.connectionClosed(protocol);
  }
}
