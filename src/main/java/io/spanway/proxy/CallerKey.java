// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.identity.Caller;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What counts as one caller: the name that it proved, half of the digest of who it says it is, or
 * else its address. Of an IPv6 address only the network counts, since a client has all addresses of
 * one.
 */
record CallerKey(@Nullable String name, boolean claimed, long high, long low) {
  static CallerKey of(Caller caller, SocketAddress from) {
    String name = caller.name();
    if (name != null) {
      // Whatever else it sends, a cookie say, makes nobody else of it.
      return new CallerKey(name, false, 0, 0);
    }
    if (!caller.isAnonymous()) {
      ByteBuffer digest = ByteBuffer.wrap(caller.fingerprint());
      return new CallerKey(null, true, digest.getLong(), digest.getLong());
    }
    InetAddress address = from instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address == null) {
      return new CallerKey(null, false, 0, from.hashCode());
    }
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.remaining() < Long.BYTES
        ? new CallerKey(null, false, 0, bytes.getInt())
        : new CallerKey(null, false, bytes.getLong(), 1);
  }
}
