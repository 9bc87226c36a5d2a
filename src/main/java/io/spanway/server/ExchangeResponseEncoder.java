// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/**
 * Netty's response encoder, told by the exchange when an answer has no body although its head says
 * it has one: the answer to HEAD.
 */
final class ExchangeResponseEncoder extends HttpResponseEncoder {
  private boolean headOnly;

  /** Says whether the next head that is written goes without a body. */
  void expectHeadOnly(boolean headOnly) {
    this.headOnly = headOnly;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return headOnly || super.isContentAlwaysEmpty(response);
  }
}
