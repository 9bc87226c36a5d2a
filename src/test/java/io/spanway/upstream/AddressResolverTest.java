// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AddressResolverTest {
  private static final UpstreamAddress HERE = new UpstreamAddress("127.0.0.1", 3100, "");

  private final EventLoop loop = new DefaultEventLoop();
  private final AtomicLong nanos = new AtomicLong();
  private final List<List<InetSocketAddress>> answers = new ArrayList<>();
  private boolean refuse;
  private int lookUps;

  private final Executor blocking =
      task -> {
        if (refuse) {
          throw new RejectedExecutionException("full");
        }
        lookUps++;
        task.run();
      };

  private final AddressResolver resolver =
      new AddressResolver(HERE, AddressResolver.PLATFORM, blocking, nanos::get);

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void resolve() throws Exception {
    loop.submit(() -> resolver.resolve(loop, answers::add)).get();
    // Behind the answer, which may have been handed to the loop.
    loop.submit(() -> {}).get();
  }

  @Test
  void answer_isKeptForSomeSeconds() throws Exception {
    resolve();
    resolve();

    assertThat(lookUps).isEqualTo(1);
    assertThat(answers).hasSize(2);
    assertThat(answers.get(1))
        .containsExactly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 3100));
  }

  @Test
  void lookUpThatIsRefused_answersThatThereIsNothing() throws Exception {
    refuse = true;

    resolve();

    assertThat(answers).containsExactly(List.of());
  }

  @Test
  void refreshThatIsRefused_isTriedAgain() throws Exception {
    resolve();
    nanos.set(TimeUnit.MINUTES.toNanos(1));
    refuse = true;
    resolve();
    refuse = false;

    resolve();

    assertThat(lookUps).isEqualTo(2);
    assertThat(answers.get(1)).hasSize(1);
  }
}
