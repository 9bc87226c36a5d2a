// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;

/**
 * Event loops that leave no connection open when they end. Netty's own look for the end before they
 * run tasks, and close their connections then; told to end while they run tasks, and without a
 * quiet period, they end right behind them and close none.
 */
final class ClosingLoops extends MultiThreadIoEventLoopGroup {
  ClosingLoops(int loops, String name, IoHandlerFactory io) {
    super(loops, new DefaultThreadFactory(name), io);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory io, Object... none) {
    return new Loop(this, executor, io);
  }

  private static final class Loop extends SingleThreadIoEventLoop {
    Loop(IoEventLoopGroup group, Executor executor, IoHandlerFactory io) {
      super(group, executor, io);
    }

    @Override
    protected void run() {
      super.run();
      if (isShuttingDown()) {
        // Again while tasks ran: one can make a connection in place of one that was closed.
        do {
          ioHandler().prepareToDestroy();
        } while (runAllTasks());
      }
    }
  }
}
