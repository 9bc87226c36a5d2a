// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Redis or Valkey, one or a cluster, by Lettuce. Values are written over a connection of their
 * own, since a reader would wait behind a large one. The threads are Lettuce's own, as few as it
 * takes: a burst of values does not hold up clients.
 */
final class RedisStore implements SharedStore {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration WRITE = Duration.ofSeconds(1);
  private static final Duration TOPOLOGY = Duration.ofSeconds(30);
  private static final int MOST_COMMANDS = 4096;
  private static final int DEFAULT_PORT = 6379;
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);

  private final RedisConfig config;
  private final String generations;
  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final RedisURI uri;
  private final Object lock = new Object();
  private @Nullable CompletableFuture<Void> connecting;
  private volatile @Nullable Connections connections;

  /** Commands and what they go over. */
  private record Line(
      StatefulConnection<?, ?> connection, RedisClusterAsyncCommands<String, byte[]> commands) {}

  private record Connections(Line reading, Line writing) {
    RedisClusterAsyncCommands<String, byte[]> reads() {
      return reading.commands();
    }

    RedisClusterAsyncCommands<String, byte[]> writes() {
      return writing.commands();
    }
  }

  /** Creates one that is not connected. The configuration must have a URL. */
  RedisStore(RedisConfig config) {
    this.config = config;
    generations = config.keyPrefix() + "generations";
    uri = uri(config);
    resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .threadFactoryProvider(pool -> new DefaultThreadFactory("spanway-redis", true))
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .reconnectDelay(
                Delay.fullJitter(
                    Duration.ofMillis(100), Duration.ofSeconds(2), 100, TimeUnit.MILLISECONDS))
            .build();
    if (config.cluster()) {
      RedisClusterClient cluster = RedisClusterClient.create(resources, uri);
      cluster.setOptions(clusterOptions(config));
      client = cluster;
    } else {
      RedisClient single = RedisClient.create(resources, uri);
      single.setOptions(options(ClientOptions.builder(), config).build());
      client = single;
    }
  }

  private static RedisURI uri(RedisConfig config) {
    URI url = URI.create(String.valueOf(config.url()));
    RedisURI.Builder builder =
        RedisURI.builder()
            .withHost(url.getHost())
            .withPort(url.getPort() < 0 ? DEFAULT_PORT : url.getPort())
            .withDatabase(RedisConfig.databaseOf(url))
            .withClientName("spanway")
            .withTimeout(CONNECT);
    if ("rediss".equals(url.getScheme())) {
      builder
          .withSsl(true)
          .withVerifyPeer(config.tls().tlsSkipVerify() ? SslVerifyMode.NONE : SslVerifyMode.FULL);
    }
    if (config.password() != null) {
      char[] password = config.password().value().toCharArray();
      if (config.username() == null) {
        builder.withPassword(password);
      } else {
        builder.withAuthentication(config.username(), password);
      }
    }
    return builder.build();
  }

  private static <B extends ClientOptions.Builder> B options(B builder, RedisConfig config) {
    SslOptions.Builder tls = SslOptions.builder().jdkSslProvider().handshakeTimeout(CONNECT);
    String caFile = config.tls().caFile();
    if (caFile != null) {
      tls.trustManager(new File(caFile));
    }
    String certFile = config.tls().certFile();
    String keyFile = config.tls().keyFile();
    if (certFile != null && keyFile != null) {
      tls.keyManager(new File(certFile), new File(keyFile), new char[0]);
    }
    builder
        .sslOptions(tls.build())
        .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).keepAlive(true).build())
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .requestQueueSize(MOST_COMMANDS)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled());
    return builder;
  }

  private static ClusterClientOptions clusterOptions(RedisConfig config) {
    return options(ClusterClientOptions.builder(), config)
        .topologyRefreshOptions(
            ClusterTopologyRefreshOptions.builder().enablePeriodicRefresh(TOPOLOGY).build())
        .build();
  }

  @Override
  public CompletionStage<Void> connect() {
    synchronized (lock) {
      CompletableFuture<Void> last = connecting;
      if (last == null || last.isCompletedExceptionally()) {
        last = dial().toCompletableFuture();
        connecting = last;
      }
      return last;
    }
  }

  private CompletionStage<Void> dial() {
    return open()
        .thenCompose(
            reading ->
                open()
                    .whenComplete((writing, error) -> closeIf(error != null, reading))
                    .thenAccept(writing -> connections = new Connections(reading, writing)));
  }

  private CompletionStage<Line> open() {
    if (client instanceof RedisClusterClient cluster) {
      return cluster
          .refreshPartitionsAsync()
          .thenCompose(known -> cluster.connectAsync(CODEC))
          .thenApply(made -> new Line(made, made.async()));
    }
    RedisClient single = (RedisClient) client;
    return single.connectAsync(CODEC, uri).thenApply(made -> new Line(made, made.async()));
  }

  private static void closeIf(boolean useless, Line line) {
    if (useless) {
      var unused = line.connection().closeAsync();
    }
  }

  @Override
  public void disconnect() {
    Connections old = connections;
    synchronized (lock) {
      if (old == null) {
        return;
      }
      connections = null;
      connecting = null;
    }
    closeIf(true, old.reading());
    closeIf(true, old.writing());
  }

  @Override
  public CompletionStage<Found> find(String key) {
    Connections to = connections;
    if (to == null) {
      return notConnected();
    }
    // Not GET: what somebody else has put there may be of any size.
    CompletionStage<byte[]> value = to.reads().getrange(key, 0, config.maxEntry().bytes());
    CompletionStage<Long> left = to.reads().pttl(key);
    return within(config.timeout(), value.thenCombine(left, Found::new));
  }

  @Override
  public CompletionStage<Void> put(String key, byte[] value, Duration kept) {
    Connections to = connections;
    return to == null
        ? notConnected()
        : within(
            longer(), to.writes().set(key, value, SetArgs.Builder.px(kept)).thenAccept(ok -> {}));
  }

  @Override
  public CompletionStage<Generations> generations() {
    Connections to = connections;
    if (to == null) {
      return notConnected();
    }
    CompletionStage<Generations> read =
        to.reads()
            .hgetall(generations)
            .thenCompose(
                texts ->
                    texts.containsKey(Generations.EPOCH)
                        ? CompletableFuture.completedFuture(texts)
                        : to.reads()
                            .hsetnx(generations, Generations.EPOCH, bytes(SharedLevel.newText()))
                            .thenCompose(mine -> to.reads().hgetall(generations)))
            .thenApply(RedisStore::read);
    return within(config.timeout(), read);
  }

  private static Generations read(Map<String, byte[]> from) {
    Map<String, String> texts = new HashMap<>();
    from.forEach((field, text) -> texts.put(field, new String(text, StandardCharsets.ISO_8859_1)));
    return new Generations(texts);
  }

  @Override
  public CompletionStage<Void> renew(Map<String, String> texts) {
    Connections to = connections;
    return to == null ? notConnected() : within(longer(), write(to, texts));
  }

  @Override
  public CompletionStage<Void> restart(Map<String, String> texts) {
    Connections to = connections;
    if (to == null) {
      return notConnected();
    }
    return within(longer(), to.reads().del(generations).thenCompose(gone -> write(to, texts)));
  }

  /** Over the connection of the readers: what is read after it is what it wrote. */
  private CompletionStage<Void> write(Connections to, Map<String, String> texts) {
    Map<String, byte[]> encoded = new HashMap<>();
    texts.forEach((field, text) -> encoded.put(field, bytes(text)));
    return to.reads().hset(generations, encoded).thenAccept(added -> {});
  }

  private Duration longer() {
    return config.timeout().compareTo(WRITE) > 0 ? config.timeout() : WRITE;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static <T> CompletionStage<T> within(Duration time, CompletionStage<T> stage) {
    return stage.toCompletableFuture().copy().orTimeout(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static <T> CompletionStage<T> notConnected() {
    return CompletableFuture.failedFuture(new IllegalStateException("not connected"));
  }

  @Override
  public void every(Duration period, Runnable task) {
    long nanos = period.toNanos();
    var unused =
        resources.eventExecutorGroup().scheduleWithFixedDelay(task, 0, nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    var unused =
        client
            .shutdownAsync(0, 1, TimeUnit.SECONDS)
            .whenComplete((closed, error) -> resources.shutdown(0, 1, TimeUnit.SECONDS));
  }
}
