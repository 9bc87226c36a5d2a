// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;

/** A connection to an upstream on which HTTP is over. */
public interface UpstreamTunnel {
  /** Returns the connection. */
  Channel channel();

  /** Installs what reads it, and starts reading: also what came right behind the 101. */
  void start(ChannelHandler reader);
}
