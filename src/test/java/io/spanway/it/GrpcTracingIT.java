// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.testing.OtlpCollector.attributes;
import static io.spanway.testing.OtlpCollector.parent;
import static io.spanway.testing.OtlpCollector.traceparent;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.spanway.testing.Gateway;
import io.spanway.testing.OtlpCollector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A gRPC stream is one span on each side, from its first byte to its last. */
@ParameterizedClass
@ValueSource(ints = 2)
final class GrpcTracingIT extends GrpcFixture {
  private static final String CALLER = "b7ad6b7169203331";
  private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-" + CALLER + "-01";

  private OtlpCollector collector;

  @BeforeEach
  void startTraced() throws IOException {
    collector = new OtlpCollector();
    gateway =
        Gateway.start(
            """
            server: { listen: '127.0.0.1:0', threads: %d }
            admin: { listen: '127.0.0.1:0' }
            loki: { urls: [%s] }
            tempo: { urls: [%s], grpcUrls: [%s] }
            telemetry: { accessLog: { enabled: false }, otlp: { url: '%s' } }
            """
                .formatted(threads, loki.uri(), loki.uri(), tempo.uri(), collector.url()));
  }

  @AfterEach
  void stopCollector() {
    collector.close();
  }

  @Test
  void stream_isOneSpanUntilItEnds() throws Exception {
    CountDownLatch more = new CountDownLatch(1);
    tempo.script(
        call -> {
          call.out().onNext(bytes("one"));
          assertThat(more.await(20, TimeUnit.SECONDS)).isTrue();
          call.out().onCompleted();
        });
    Iterator<byte[]> answer =
        search(channel(), bytes("x"), with(headers("traceparent", TRACEPARENT)));
    assertThat(new String(answer.next(), StandardCharsets.UTF_8)).isEqualTo("one");
    gateway.client().get("/nowhere", "traceparent: " + TRACEPARENT);
    assertThat(collector.spans(1)).extracting(Span::getName).containsExactly("unknown");

    more.countDown();
    assertThat(answer.hasNext()).isFalse();
    List<Span> spans = collector.spans(3);

    Span client =
        spans.stream().filter(span -> span.getKind() == SpanKind.SPAN_KIND_CLIENT).toList().get(0);
    Span server =
        spans.stream()
            .filter(span -> span.getSpanId().equals(client.getParentSpanId()))
            .toList()
            .get(0);
    assertThat(List.of(client.getName(), server.getName())).containsOnly("tempo_grpc_search");
    assertThat(parent(server)).isEqualTo(CALLER);
    assertThat(tempo.call().header("traceparent")).isEqualTo(traceparent(client));
    assertThat(attributes(server))
        .containsEntry("network.protocol.version", "2")
        .containsEntry("http.response.status_code", "200");
    assertThat(attributes(client)).containsEntry("http.response.status_code", "200");
  }
}
