// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

/** The connections of one event loop to one replica. Confined to the loop. */
interface ReplicaPool {
  /** Finds or makes a connection for {@code call}, or lets it wait for one. */
  void acquire(ClientCall call);

  /** Closes what is idle, and from now on what becomes idle. */
  void close();
}
