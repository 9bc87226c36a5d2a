// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.identity.Caller;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one caller: half of the digest of who it says it is, or else its address. Of an
 * IPv6 address only the network counts, since a client has all addresses of one.
 */
record CallerKey(boolean named, long high, long low) {
  static CallerKey of(Caller caller, SocketAddress from) {
    if (!caller.isAnonymous()) {
      ByteBuffer digest = ByteBuffer.wrap(caller.fingerprint());
      return new CallerKey(true, digest.getLong(), digest.getLong());
    }
    InetAddress address = from instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address == null) {
      return new CallerKey(false, 0, from.hashCode());
    }
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.remaining() < Long.BYTES
        ? new CallerKey(false, 0, bytes.getInt())
        : new CallerKey(false, bytes.getLong(), 1);
  }
}
