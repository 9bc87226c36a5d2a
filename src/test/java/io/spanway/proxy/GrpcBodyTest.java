// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.TraceContext;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import io.spanway.upstream.UpstreamException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever ends the messages, there are trailers with a status. */
final class GrpcBodyTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> seen = new ArrayList<>();
  private final Source source = new Source();
  private final Sink sink = new Sink();
  private FakeServerExchange server;
  private GrpcBody body;

  @BeforeEach
  void begin() throws Exception {
    RequestHead head =
        new RequestHead(
            "POST",
            RequestTarget.parse("/tempopb.StreamingQuerier/Search"),
            new DefaultHttpHeaders().add("content-type", "application/grpc"));
    server = new FakeServerExchange(channel, head, true);
    Exchange exchange =
        new Exchange(
            server,
            new ExchangeListener() {
              @Override
              public void finished(ExchangeSummary summary) {
                seen.add(summary.status() + " " + summary.flag());
              }
            },
            new RouteMatch(Operation.TEMPO_GRPC_SEARCH, head.target().rawPath(), Map.of()),
            Caller.of(head, IdentityConfig.DEFAULT),
            TraceContext.of(head.headers(), () -> 1),
            ExchangeTracer.NONE);
    body =
        new GrpcBody(
            exchange,
            source,
            (broken, error, why) -> broken.breakOff(error, "tempo broke off: " + why),
            () -> seen.add("ended"));
    body.start(sink);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void write(String text) {
    body.write(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
  }

  @Test
  void messagesAndTrailers_passAsTheyAre() {
    HttpHeaders trailers =
        new DefaultHttpHeaders().add("grpc-status", "5").add("x-more-bin", "AAE=");
    write("one");
    body.flush();
    body.end(trailers);
    server.closed(true);

    assertThat(sink.calls).containsExactly("one", "flush", "end");
    assertThat(sink.trailers).isEqualTo(trailers);
    assertThat(seen).containsExactly("ended", "404 null");
  }

  @Test
  void answerThatBreaksOff_endsWithUnavailable() {
    write("one");
    body.fail(new UpstreamException(ProxyError.HTTP_RESPONSE_INCOMPLETE, "reset"));
    server.closed(true);

    assertThat(sink.calls).containsExactly("one", "end");
    assertThat(sink.trailers.get("grpc-status")).isEqualTo("14");
    assertThat(sink.trailers.get("grpc-message")).isEqualTo("tempo broke off: reset");
    assertThat(seen).containsExactly("ended", "503 UI");
  }

  @Test
  void answerWithoutAStatus_endsWithInternal() {
    body.end(EmptyHttpHeaders.INSTANCE);

    assertThat(sink.trailers.get("grpc-status")).isEqualTo("13");
    assertThat(sink.trailers.get("grpc-message")).contains("without a grpc-status");
  }

  @Test
  void deadline_endsTheAnswerAndTheUpstream() {
    write("one");
    body.breakOff(ProxyError.DEADLINE_EXCEEDED, "too late");
    write("two");
    body.flush();
    body.end(new DefaultHttpHeaders().add("grpc-status", "0"));
    body.breakOff(ProxyError.PROXY_INTERNAL_ERROR, "again");
    server.closed(true);

    assertThat(sink.calls).containsExactly("one", "end");
    assertThat(sink.trailers.get("grpc-status")).isEqualTo("4");
    assertThat(source.cancelled).isTrue();
    assertThat(seen).containsExactly("ended", "504 GD");
  }

  @Test
  void cancel_reachesTheUpstreamOnce() {
    body.cancel();
    body.cancel();
    body.fail(new UpstreamException(ProxyError.HTTP_RESPONSE_INCOMPLETE, "reset"));

    assertThat(source.cancelled).isTrue();
    assertThat(sink.calls).isEmpty();
    assertThat(seen).containsExactly("ended");
  }

  @Test
  void backPressure_goesThrough() {
    sink.writable = false;
    assertThat(body.isWritable()).isFalse();
    sink.writable = true;
    assertThat(body.isWritable()).isTrue();

    body.resume();

    assertThat(source.resumed).isOne();
  }

  private static final class Source implements BodySource {
    private boolean cancelled;
    private int resumed;

    @Override
    public void start(BodySink sink) {}

    @Override
    public void resume() {
      resumed++;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public long length() {
      return -1;
    }
  }

  private static final class Sink implements BodySink {
    private final List<String> calls = new ArrayList<>();
    private HttpHeaders trailers;
    private boolean writable = true;

    @Override
    public void write(ByteBuf chunk) {
      calls.add(chunk.toString(StandardCharsets.UTF_8));
      chunk.release();
    }

    @Override
    public void flush() {
      calls.add("flush");
    }

    @Override
    public void end(HttpHeaders last) {
      calls.add("end");
      trailers = last;
    }

    @Override
    public void fail(Throwable cause) {
      calls.add("fail");
    }

    @Override
    public boolean isWritable() {
      return writable;
    }
  }
}
