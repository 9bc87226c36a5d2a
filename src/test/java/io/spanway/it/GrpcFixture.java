// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;

/** A gateway between grpc-java's client and grpc-java's server, new for each test. */
@Timeout(60) // grpc-java's blocking calls wait for ever.
abstract class GrpcFixture {
  static final String SEARCH = "tempopb.StreamingQuerier/Search";

  @Parameter int threads;

  FakeUpstream loki;
  GrpcTempo tempo;
  Gateway gateway;
  private final Deque<ManagedChannel> channels = new ArrayDeque<>();

  @BeforeEach
  void startUpstreams() throws IOException {
    loki = new FakeUpstream();
    tempo = new GrpcTempo(null, null);
  }

  @AfterEach
  void stopAll() throws Exception {
    for (ManagedChannel each : channels) {
      each.shutdownNow();
      assertThat(each.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
    if (gateway != null) {
      gateway.awaitIdle();
      gateway.close();
    }
    loki.close();
    tempo.close();
    assertThat(tempo.mistakes()).isEmpty();
  }

  /** Starts the gateway with the defaults. */
  void start() throws IOException {
    start(tempo.uri(), "", "");
  }

  /** Starts the gateway with more keys of {@code server} and {@code tempo}. */
  void start(URI url, String server, String upstream) throws IOException {
    start(url, server, upstream, "");
  }

  /** Starts the gateway with more keys of {@code server}, {@code tempo} and {@code loki}. */
  void start(URI url, String server, String upstream, String logs) throws IOException {
    gateway =
        Gateway.start(
            "server: { listen: 127.0.0.1:0, threads: "
                + threads
                + server
                + " }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls: ["
                + loki.uri()
                + "]"
                + logs
                + " }\ntempo: { urls: ["
                + loki.uri()
                + "], grpcUrls: ["
                + url
                + "]"
                + upstream
                + " }\ntelemetry: { accessLog: { enabled: false } }\n");
  }

  /** Returns a new connection to the gateway, which is made with the first call. */
  ManagedChannel channel() {
    return keep(
        NettyChannelBuilder.forAddress(gateway.data())
            .usePlaintext()
            .maxInboundMessageSize(GrpcTempo.MAX_MESSAGE)
            .build());
  }

  ManagedChannel keep(ManagedChannel channel) {
    channels.add(channel);
    return channel;
  }

  /** Calls {@link #SEARCH}. */
  static Iterator<byte[]> search(Channel channel, byte[] request, ClientInterceptor... more) {
    return call(channel, SEARCH, CallOptions.DEFAULT, request, more);
  }

  static Iterator<byte[]> call(
      Channel channel,
      String method,
      CallOptions options,
      byte[] request,
      ClientInterceptor... more) {
    return ClientCalls.blockingServerStreamingCall(
        ClientInterceptors.intercept(channel, more), GrpcTempo.method(method), options, request);
  }

  static ClientInterceptor with(Metadata headers) {
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  static Metadata headers(String... namesAndValues) {
    Metadata headers = new Metadata();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.put(GrpcTempo.ascii(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return headers;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static List<String> texts(Iterator<byte[]> answer) {
    List<String> texts = new ArrayList<>();
    answer.forEachRemaining(each -> texts.add(new String(each, StandardCharsets.UTF_8)));
    return texts;
  }

  /** Reads an answer that ends with an error. */
  static Status failure(Iterator<byte[]> answer) {
    return catchThrowableOfType(
            StatusRuntimeException.class, () -> answer.forEachRemaining(each -> {}))
        .getStatus();
  }

  /** Waits until so many calls were counted under a status. */
  void awaitCounted(int status, int calls) {
    WireFixture.eventually()
        .until(
            () ->
                gateway.metric("spanway_requests_seconds_count{", "status=\"" + status + "\"")
                    == calls);
  }
}
