// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import io.spanway.server.ServerExchange;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes what it is told. */
final class FakeServerExchange implements ServerExchange {
  final List<Integer> answers = new ArrayList<>();
  HttpHeaders headers;
  int aborts;
  private final Channel channel;
  private final RequestHead head;
  private final boolean http2;
  private ExchangeEnd end;

  FakeServerExchange(Channel channel, RequestHead head, boolean http2) {
    this.channel = channel;
    this.head = head;
    this.http2 = http2;
  }

  /** The exchange is over. */
  void closed(boolean complete) {
    end.closed(complete);
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
    return channel.eventLoop();
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved("client", 1);
  }

  @Override
  public boolean isSecure() {
    return false;
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return null;
  }

  @Override
  public boolean isHttp2() {
    return http2;
  }

  @Override
  public void respond(ResponseHead answer, BodySource body) {
    answers.add(answer.status());
    headers = answer.headers();
    body.cancel();
  }

  @Override
  public void upgrade(ResponseHead answer, ChannelHandler tunnel) {
    answers.add(answer.status());
  }

  @Override
  public void abort() {
    aborts++;
  }

  @Override
  public void onClose(ExchangeEnd task) {
    end = task;
  }
}
