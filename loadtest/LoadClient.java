// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;

/**
 * Asks over kept connections, one request at a time on each: as fast as answers come (closed), or
 * at times that are fixed beforehand (open). One thread.
 */
final class LoadClient implements AutoCloseable {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  private final Class<? extends Channel> channel =
      Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;

  /**
   * What is asked of one server.
   *
   * @param tls null for clear text
   * @param requests the bytes of the n-th request; each buffer is the caller's
   * @param size of a right answer's body; -1 for any
   */
  record Ask(int port, SslContext tls, LongFunction<ByteBuf> requests, long size) {}

  /**
   * What came of it.
   *
   * @param bad answers with another status than 200 or of another size, and those that never came
   * @param problem what was last thrown; empty for nothing
   * @param latencies nanoseconds, in the open model from the time at which a request was due
   */
  record Result(
      long requests, long bytes, long bad, double seconds, String problem, Histogram latencies) {
    double rate() {
      return requests / seconds;
    }
  }

  /** A GET that is the same each time. */
  static LongFunction<ByteBuf> get(String target, String... headers) {
    ByteBuf request = Unpooled.unreleasableBuffer(text(head(target, headers)));
    return n -> request.duplicate();
  }

  /** A GET whose target depends on its number. */
  static LongFunction<ByteBuf> gets(LongFunction<String> target, String... headers) {
    return n -> text(head(target.apply(n), headers));
  }

  private static String head(String target, String... headers) {
    var head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: loadtest\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  private static ByteBuf text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
  }

  /** Asks as fast as answers come; what is under way at the end is waited for and counts. */
  Result closed(Ask ask, int connections, double seconds) throws IOException, InterruptedException {
    return run(ask, connections, 0, seconds, () -> {});
  }

  /** Asks at a fixed rate, however long the answers take. */
  Result open(Ask ask, int connections, double rate, double seconds)
      throws IOException, InterruptedException {
    return run(ask, connections, rate, seconds, () -> {});
  }

  /**
   * Asks as both of the above.
   *
   * @param rate 0 for as fast as answers come
   * @param atStart is called when all connections stand and the first request goes out
   */
  Result run(Ask ask, int connections, double rate, double seconds, Runnable atStart)
      throws IOException, InterruptedException {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(channel)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 4096, 256 << 10))
            .remoteAddress("127.0.0.1", ask.port());
    LoadRun run = new LoadRun(group.next(), bootstrap, ask, connections, rate, seconds, atStart);
    try {
      return run.start().get((long) seconds + 60, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the load client gave up: " + e, e);
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
