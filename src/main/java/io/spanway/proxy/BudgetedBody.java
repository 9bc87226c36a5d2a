// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.upstream.UpstreamException;

/**
 * A body that is to be held whole: its bytes count as the exchange's, and it breaks off with {@link
 * ProxyError#OVERLOADED} when there is no memory for more.
 */
final class BudgetedBody extends WatchedBody {
  /** What a client is told then. */
  static final String FULL = "Spanway holds as much as it may: try again";

  private final Exchange exchange;
  private boolean full;

  /** Wraps {@code source}, which it takes. */
  BudgetedBody(Exchange exchange, BodySource source) {
    super(source);
    this.exchange = exchange;
  }

  @Override
  public void write(ByteBuf chunk) {
    if (full) {
      chunk.release();
    } else if (exchange.hold(chunk.readableBytes())) {
      sink().write(chunk);
    } else {
      full = true;
      chunk.release();
      cancel();
      sink().fail(new UpstreamException(ProxyError.OVERLOADED, AdmissionRefusal.MEMORY.why()));
    }
  }

  @Override
  public void end(HttpHeaders trailers) {
    if (!full) {
      sink().end(trailers);
    }
  }

  @Override
  public void fail(Throwable cause) {
    if (!full) {
      sink().fail(cause);
    }
  }

  @Override
  public boolean isWritable() {
    return full || sink().isWritable();
  }
}
