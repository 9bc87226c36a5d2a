// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

/** What carries a call, or will: a connection, a stream of one, or the queue for them. */
@FunctionalInterface
interface CallTarget {
  /** Gives the call up for its caller. */
  void cancel(ClientCall call);
}
