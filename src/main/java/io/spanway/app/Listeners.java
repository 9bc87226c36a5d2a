// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.config.GatewayConfig;
import io.spanway.observe.GatewayMeters;
import io.spanway.server.GatewayServer;
import io.spanway.server.ListenAddress;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerLimits;
import io.spanway.server.ServerListener;
import io.spanway.server.ServerTls;
import io.spanway.server.TlsConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The two listeners. A change of configuration that concerns a listener's address opens another
 * socket and lets the former drain; any other keeps the socket, and new connections get what
 * changed. Confined to whoever starts, reloads and stops, one at a time; its addresses can be read
 * anywhere.
 */
final class Listeners {
  private final Foundation base;
  private final RequestHandler dataHandler;
  private final RequestHandler adminHandler;
  private final List<GatewayServer> former = new ArrayList<>();
  private volatile GatewayServer data;
  private volatile GatewayServer admin;
  private @Nullable ServerTls tls;
  private @Nullable ExecutorService certificates;

  /**
   * Opens both.
   *
   * @throws IOException when an address cannot be had, or a certificate cannot be used
   */
  Listeners(
      Foundation base,
      GatewayConfig config,
      RequestHandler dataHandler,
      RequestHandler adminHandler)
      throws IOException {
    this.base = base;
    this.dataHandler = dataHandler;
    this.adminHandler = adminHandler;
    tls = load(config.server().tls());
    data = bindData(config, tls);
    try {
      admin = bindAdmin(config);
    } catch (IOException e) {
      data.close();
      throw e;
    }
    certificates = watch(config.server().tls(), tls);
  }

  InetSocketAddress dataAddress() {
    return data.address();
  }

  InetSocketAddress adminAddress() {
    return admin.address();
  }

  /** What is ready to be put in the place of what is in force. */
  final class Change {
    private final GatewayConfig to;
    private final @Nullable ServerTls newTls;
    private final boolean tlsChanged;
    private final @Nullable GatewayServer newData;
    private final @Nullable GatewayServer newAdmin;

    private Change(GatewayConfig from, GatewayConfig to) throws IOException {
      this.to = to;
      tlsChanged = !from.server().tls().equals(to.server().tls());
      newTls = tlsChanged ? load(to.server().tls()) : tls;
      newData = from.server().listen().equals(to.server().listen()) ? null : bindData(to, newTls);
      try {
        newAdmin = from.admin().listen().equals(to.admin().listen()) ? null : bindAdmin(to);
      } catch (IOException e) {
        if (newData != null) {
          newData.close();
        }
        throw e;
      }
    }

    /** Puts it in force. */
    void commit() {
      GatewayServer opened = newData;
      if (opened == null) {
        data.configure(to.server().limits(), newTls);
      } else {
        former.add(data);
        data.drain();
        data = opened;
      }
      opened = newAdmin;
      if (opened == null) {
        admin.configure(to.server().limits(), null);
      } else {
        former.add(admin);
        admin.drain();
        admin = opened;
      }
      if (tlsChanged) {
        stopWatching();
        tls = newTls;
        certificates = watch(to.server().tls(), newTls);
      }
      former.removeIf(server -> server.connections() == 0);
    }
  }

  /**
   * Makes ready what another configuration says of the listeners.
   *
   * @throws IOException when an address cannot be had, or a certificate cannot be used; nothing has
   *     changed then
   */
  Change prepare(GatewayConfig from, GatewayConfig to) throws IOException {
    return new Change(from, to);
  }

  /** Lets the data listener's connections end. */
  void drainData() {
    data.drain();
  }

  /** Closes all connections. */
  void close() {
    data.close();
    admin.close();
    former.forEach(GatewayServer::close);
    stopWatching();
  }

  private void stopWatching() {
    if (certificates != null) {
      certificates.shutdownNow();
    }
    certificates = null;
  }

  private @Nullable ServerTls load(TlsConfig config) throws IOException {
    return config.isOn() ? ServerTls.load(config, base.meters()) : null;
  }

  private static @Nullable ExecutorService watch(TlsConfig config, @Nullable ServerTls loaded) {
    return loaded == null ? null : Threads.certificates(config, loaded::reload);
  }

  private GatewayServer bindData(GatewayConfig config, @Nullable ServerTls encrypted)
      throws IOException {
    GatewayMeters meters = base.meters();
    return bind(config.server().listen(), config, encrypted, dataHandler, meters);
  }

  private GatewayServer bindAdmin(GatewayConfig config) throws IOException {
    return bind(config.admin().listen(), config, null, adminHandler, ServerListener.NONE);
  }

  private GatewayServer bind(
      ListenAddress at,
      GatewayConfig config,
      @Nullable ServerTls encrypted,
      RequestHandler handler,
      ServerListener listener)
      throws IOException {
    Transport transport = base.transport();
    ServerLimits limits = config.server().limits();
    return GatewayServer.bind(
        new InetSocketAddress(at.host(), at.port()),
        new GatewayServer.Setup(
            transport.acceptors(),
            transport.workers(),
            transport.serverType(),
            limits,
            base.clock(),
            encrypted),
        handler,
        listener);
  }
}
