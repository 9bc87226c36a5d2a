// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.util.concurrent.ScheduledFuture;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A question that only helps: what is not answered in half a second, or cannot be read, is not
 * known. Confined to the exchange's event loop.
 *
 * @param <T> what is read out of the answer
 */
final class TimedRead<T> implements ReadHandler {
  private static final long TIMEOUT_MILLIS = 500;
  private static final long HOUR_NS = 3_600_000_000_000L;

  private final Function<byte[], @Nullable T> reader;
  private @Nullable Consumer<@Nullable T> then;
  private @Nullable ScheduledFuture<?> timer;
  private Runnable leave = () -> {};

  private TimedRead(Function<byte[], @Nullable T> reader, Consumer<@Nullable T> then) {
    this.reader = reader;
    this.then = then;
  }

  /** Asks; gives what the answer says, null when that is not known. */
  static <T> void start(
      Exchange exchange,
      CachedReads reads,
      Read read,
      Function<byte[], @Nullable T> reader,
      Consumer<@Nullable T> then) {
    var answer = new TimedRead<T>(reader, then);
    answer.timer =
        exchange
            .loop()
            .schedule(() -> exchange.guarded(answer::late), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    answer.leave = reads.read(exchange, read, answer);
  }

  /** Adds the whole hours around a window, so that the clicks of an hour ask once. */
  static QueryParameters hoursAround(long startNs, long endNs, QueryParameters parameters) {
    long start = Math.floorDiv(startNs, HOUR_NS) * HOUR_NS;
    long end = (Math.floorDiv(endNs, HOUR_NS) + 1) * HOUR_NS;
    return parameters.with("start", Long.toString(start)).with("end", Long.toString(end));
  }

  private void tell(@Nullable T known) {
    ScheduledFuture<?> waiting = timer;
    if (waiting != null) {
      waiting.cancel(false);
    }
    Consumer<@Nullable T> to = then;
    then = null;
    if (to != null) {
      to.accept(known);
    }
  }

  private void late() {
    leave.run();
    tell(null);
  }

  @Override
  public void onWhole(WholeAnswer answer) {
    tell(answer.status() == 200 ? reader.apply(answer.body()) : null);
  }

  @Override
  public void onStream(ResponseHead head, BodySource body, String cache) {
    throw new IllegalStateException("asked for a whole answer");
  }

  @Override
  public void onFailure(ProxyError error, String message, String why, String cache) {
    tell(null);
  }
}
