// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Looks on while a body passes. Cannot hold it up. Exactly one of {@link #end} and {@link #broken}
 * is the last call.
 */
public interface BodyWatcher {
  /** Sees a chunk, lent for the call; copy or retain a duplicate of it to keep it. */
  void chunk(ByteBuf lent);

  /** Sees the end: every byte was seen. */
  void end(HttpHeaders trailers);

  /** Is told that nothing more will be seen: the body broke off or nobody wants the rest. */
  void broken();
}
