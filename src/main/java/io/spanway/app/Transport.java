// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.spanway.server.ServerConfig;

/** How sockets are driven, and the event loops that do it. */
record Transport(
    String name,
    EventLoopGroup acceptors,
    EventLoopGroup workers,
    int loops,
    Class<? extends ServerChannel> serverType,
    Class<? extends SocketChannel> socketType) {

  static Transport start(ServerConfig config) {
    int loops =
        config.threads() > 0 ? config.threads() : Runtime.getRuntime().availableProcessors();
    boolean epoll = config.transport() == ServerConfig.Transport.AUTO && Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    EventLoopGroup acceptors = new ClosingLoops(1, "spanway-accept", io);
    EventLoopGroup workers = new ClosingLoops(loops, "spanway-loop", io);
    return epoll
        ? new Transport(
            "epoll",
            acceptors,
            workers,
            loops,
            EpollServerSocketChannel.class,
            EpollSocketChannel.class)
        : new Transport(
            "nio", acceptors, workers, loops, NioServerSocketChannel.class, NioSocketChannel.class);
  }
}
