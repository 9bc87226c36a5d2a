// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import io.spanway.server.ServerExchange;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A request of the page as the data listener's handler sees it: another target, few headers and no
 * body. Its answer gets the headers of the page's data. Confined to its event loop.
 */
final class PageExchange implements ServerExchange {
  private final ServerExchange outer;
  private final RequestHead head;

  PageExchange(ServerExchange outer, RequestHead head) {
    this.outer = outer;
    this.head = head;
  }

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public BodySource requestBody() {
    return Bodies.empty();
  }

  @Override
  public EventLoop eventLoop() {
    return outer.eventLoop();
  }

  @Override
  public SocketAddress remoteAddress() {
    return outer.remoteAddress();
  }

  @Override
  public boolean isSecure() {
    return outer.isSecure();
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return outer.clientCertificate();
  }

  @Override
  public boolean isHttp2() {
    return outer.isHttp2();
  }

  @Override
  public void respond(ResponseHead answer, BodySource body) {
    UiHandler.protect(answer.headers());
    outer.respond(answer, body);
  }

  @Override
  public void upgrade(ResponseHead answer, ChannelHandler tunnel) {
    // None of the paths that lead here is a tunnel's.
    outer.abort();
  }

  @Override
  public void abort() {
    outer.abort();
  }

  @Override
  public void onClose(ExchangeEnd task) {
    outer.onClose(task);
  }
}
