// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.spanway.observe.SpanExport.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class SpanQueueTest {
  private static final String URL = "http://collector/v1/traces";
  private static final long LONG = TimeUnit.SECONDS.toNanos(20);

  private final GatewayMeters meters = new GatewayMeters("test");
  private final Logger logger = (Logger) LoggerFactory.getLogger(SpanQueue.class);
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getLevel() + " " + event.getFormattedMessage());
        }
      };
  private final Export exporter = new Export();
  private SpanQueue queue;
  private Tracer tracer;

  /** Does as told, and notes the sizes of what it is given. */
  private static final class Export implements SpanExport {
    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private final Queue<Outcome> next = new ConcurrentLinkedQueue<>();
    private volatile Outcome outcome = Outcome.GOOD;
    private volatile boolean throwing;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean closed;

    @Override
    public Outcome export(List<SpanData> spans) {
      sizes.add(spans.size());
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (throwing) {
        throw new IllegalStateException("a fault that a test makes");
      }
      Outcome first = next.poll();
      return first == null ? outcome : first;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @BeforeEach
  void listen() {
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() throws InterruptedException {
    exporter.gate.countDown();
    queue.close();
    assertThat(queue.awaitEnd(LONG)).isTrue();
    assertThat(exporter.closed).isTrue();
    logger.detachAppender(appender);
    meters.close();
  }

  private void start(int size) {
    make(size);
    queue.start();
  }

  /** Makes one that exports nothing yet. */
  private void make(int size) {
    queue = new SpanQueue(URL, exporter, size, Duration.ofMillis(50), meters);
    tracer = SdkTracerProvider.builder().addSpanProcessor(queue).build().get("test");
  }

  private void end(int spans) {
    for (int i = 0; i < spans; i++) {
      tracer.spanBuilder("test").startSpan().end();
    }
  }

  private double counted(String result) {
    return meters.spans(result).count();
  }

  private void awaitCounted(String result, int spans) {
    await().untilAsserted(() -> assertThat(counted(result)).isEqualTo(spans));
  }

  @Test
  void spans_goTogether() {
    make(10_000);

    end(100);
    queue.start();

    awaitCounted("exported", 100);
    assertThat(exporter.sizes).containsExactly(100);
    assertThat(lines).isEmpty();
  }

  @Test
  void exports_areNeverLargerThanABatch() {
    exporter.gate = new CountDownLatch(1);
    start(10_000);
    end(1);
    await().until(() -> exporter.sizes.size() == 1);

    end(3 * SpanQueue.BATCH);
    exporter.gate.countDown();

    awaitCounted("exported", 3 * SpanQueue.BATCH + 1);
    assertThat(exporter.sizes).containsExactly(1, 512, 512, 512);
  }

  @Test
  void whatDoesNotFit_isDroppedAndCounted() {
    exporter.gate = new CountDownLatch(1);
    start(3);
    end(1);
    await().until(() -> exporter.sizes.size() == 1);

    end(5);

    assertThat(counted("dropped")).isEqualTo(2);
    exporter.gate.countDown();
    awaitCounted("exported", 4);
  }

  @Test
  void failure_isToldWhenItBeginsAndWhenItIsOver() {
    exporter.outcome = new Outcome("gone", false, null);
    start(100);
    end(1);
    awaitCounted("failed", 1);
    end(1);
    awaitCounted("failed", 2);
    exporter.outcome = Outcome.GOOD;
    end(1);
    awaitCounted("exported", 1);
    end(1);
    awaitCounted("exported", 2);

    await()
        .untilAsserted(
            () ->
                assertThat(lines)
                    .containsExactly(
                        "WARN spans are not exported to " + URL + ": gone",
                        "INFO spans are exported to " + URL + " again"));
  }

  @Test
  void failureThatMayPass_isTriedAgainWithTheSameSpans() {
    exporter.next.addAll(
        List.of(new Outcome("gone", true, null), new Outcome("full", true, Duration.ZERO)));
    make(100);
    end(3);
    queue.start();

    awaitCounted("exported", 3);
    assertThat(exporter.sizes).containsExactly(3, 3, 3);
    assertThat(counted("failed")).isZero();
    assertThat(lines).isEmpty();
  }

  @Test
  void failureThatDoesNotPass_isGivenUp() {
    exporter.outcome = new Outcome("gone", true, Duration.ZERO);
    make(100);
    end(3);
    queue.start();

    awaitCounted("failed", 3);
    assertThat(exporter.sizes).containsExactly(3, 3, 3, 3);
  }

  @Test
  void waitThatTheCollectorWants_isKept() {
    exporter.next.add(new Outcome("full", true, Duration.ofMillis(700)));
    start(100);
    long before = System.nanoTime();
    end(1);

    awaitCounted("exported", 1);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(700));
  }

  @Test
  void exporterThatThrows_isAFailureLikeAnyOther() {
    exporter.throwing = true;
    start(100);
    end(1);
    awaitCounted("failed", 1);
    exporter.throwing = false;
    end(1);

    awaitCounted("exported", 1);
  }

  @Test
  void closing_exportsWhatWaitsAndTakesNoMore() throws InterruptedException {
    exporter.gate = new CountDownLatch(1);
    start(10_000);
    end(1);
    await().until(() -> exporter.sizes.size() == 1);
    end(2 * SpanQueue.BATCH);

    queue.close();
    end(7);
    exporter.gate.countDown();

    assertThat(queue.awaitEnd(LONG)).isTrue();
    assertThat(counted("exported")).isEqualTo(2 * SpanQueue.BATCH + 1);
    assertThat(counted("dropped")).isEqualTo(7);
  }

  @Test
  void closingWhileExportsFail_givesUpAfterOne() throws InterruptedException {
    exporter.gate = new CountDownLatch(1);
    exporter.outcome = new Outcome("gone", true, Duration.ofSeconds(60));
    start(10_000);
    end(1);
    await().until(() -> exporter.sizes.size() == 1);
    end(3 * SpanQueue.BATCH);

    queue.close();
    exporter.gate.countDown();

    assertThat(queue.awaitEnd(LONG)).isTrue();
    // It does not wait for a collector that wants a minute.
    assertThat(exporter.sizes).hasSize(2);
    assertThat(counted("failed") + counted("dropped")).isEqualTo(3 * SpanQueue.BATCH + 1);
    assertThat(counted("dropped")).isPositive();
  }
}
