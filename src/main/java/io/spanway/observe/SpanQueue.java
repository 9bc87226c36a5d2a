// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.spanway.observe.SpanExport.Outcome;
import io.spanway.proxy.ExchangeTracer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spans that are over and wait for their export, which is on a thread of its own. Who ends a span
 * never waits: a span that there is no room for is dropped and counted. The SDK's own batching does
 * the same, but tells of neither the dropped nor the failed in a way that our metrics could show.
 * Thread-safe.
 */
final class SpanQueue implements SpanProcessor {
  /** Spans of one export. */
  static final int BATCH = 512;

  /** How often an export is tried. */
  static final int ATTEMPTS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);

  /** How long a span may wait for others to go with, and the wait before a second attempt. */
  private static final Duration DELAY = Duration.ofSeconds(1);

  /** A collector that wants a longer pause is asked again all the same. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private final String url;
  private final SpanExport export;
  private final Duration delay;
  private final BlockingQueue<SpanData> waiting;
  private final Counter exported;
  private final Counter failed;
  private final Counter dropped;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closing;
  private boolean failing;

  /**
   * Creates one; it exports once it is started.
   *
   * @param url what the log calls the collector
   * @param size spans that may wait
   * @param delay how long a span may wait for others, and the wait before a second attempt
   */
  SpanQueue(String url, SpanExport export, int size, Duration delay, GatewayMeters meters) {
    this.url = url;
    this.export = export;
    this.delay = delay;
    this.waiting = new ArrayBlockingQueue<>(size);
    this.exported = meters.spans("exported");
    this.failed = meters.spans("failed");
    this.dropped = meters.spans("dropped");
    this.thread = new Thread(this::run, "spanway-spans");
    thread.setDaemon(true);
  }

  /** Opens one that exports to {@code url}. */
  static SpanQueue open(String url, OtlpConfig config, GatewayMeters meters) {
    SpanQueue queue =
        new SpanQueue(url, new OtlpExport(url, config), config.queue(), DELAY, meters);
    queue.start();
    return queue;
  }

  /** Begins to export. */
  void start() {
    thread.start();
  }

  /** Returns what records requests, and puts what is over in here. */
  ExchangeTracer tracer(OtlpConfig config, String version) {
    return OtlpTracer.open(config, this, version);
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (closing || !waiting.offer(span.toSpanData())) {
      dropped.increment();
    } else if (waiting.size() == BATCH) {
      LockSupport.unpark(thread);
    }
  }

  /** Takes no more; what waits is exported, unless that fails. Harmless twice. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
  }

  /** Waits for that; says whether it is done. */
  boolean awaitEnd(long nanos) throws InterruptedException {
    return ended.await(nanos, TimeUnit.NANOSECONDS);
  }

  private void run() {
    try {
      while (!closing) {
        if (waiting.size() < BATCH) {
          LockSupport.parkNanos(this, delay.toNanos());
        }
        exportBatch();
      }
      while (exportBatch() && !failing) {
        // What was there when it closed.
      }
      dropped.increment(waiting.size());
      waiting.clear();
    } finally {
      export.close();
      ended.countDown();
    }
  }

  /** Exports some of what waits; false when nothing does. */
  private boolean exportBatch() {
    List<SpanData> batch = new ArrayList<>(Math.min(BATCH, waiting.size()));
    if (waiting.drainTo(batch, BATCH) == 0) {
      return false;
    }
    Outcome outcome = attempt(batch);
    for (int made = 1; outcome.again() && made < ATTEMPTS && !closing; made++) {
      pause(outcome.pause(), made);
      outcome = attempt(batch);
    }
    tell(batch.size(), outcome.problem());
    return true;
  }

  private Outcome attempt(List<SpanData> batch) {
    try {
      return export.export(batch);
    } catch (RuntimeException e) {
      return new Outcome(e.toString(), false, null);
    }
  }

  /** Waits as the collector said; else longer each time, and not in step with other replicas. */
  private void pause(@Nullable Duration said, int made) {
    Duration wait =
        said == null
            ? delay
                .multipliedBy(ThreadLocalRandom.current().nextLong(80, 121) << (made - 1))
                .dividedBy(100)
            : said;
    long nanos = (wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait).toNanos();
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !closing; left = until - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
    }
  }

  private void tell(int spans, @Nullable String problem) {
    boolean good = problem == null;
    (good ? exported : failed).increment(spans);
    if (good && failing) {
      LOG.info("spans are exported to {} again", url);
    } else if (!good && !failing) {
      LOG.warn("spans are not exported to {}: {}", url, problem);
    }
    failing = !good;
  }
}
