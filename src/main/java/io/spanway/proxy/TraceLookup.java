// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.ScheduledFuture;
import io.spanway.body.BodySource;
import io.spanway.http.BadTargetException;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.model.Span;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecodeException;
import io.spanway.otlp.TraceDecoder;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks Tempo for a trace in the caller's name, through the cache: on the v2 path, and on v1 where
 * Tempo does not have v2. Large traces are decoded away from the event loop.
 */
final class TraceLookup {
  private static final String PROTOBUF = "application/protobuf";

  /** Decoding this many bytes takes about a millisecond. */
  private static final int INLINE_BYTES = 128 * 1024;

  private final CachedReads reads;
  private final OutboundHeaders outbound;
  private final Executor worker;
  private final long maxBytes;

  TraceLookup(CachedReads reads, OutboundHeaders outbound, Executor worker, long maxBytes) {
    this.reads = reads;
    this.outbound = outbound;
    this.worker = worker;
    this.maxBytes = maxBytes;
  }

  /** Gets the trace; exactly one method is called, on the exchange's event loop. */
  interface Callback {
    void found(Trace trace);

    /** Tempo does not have it. */
    void absent();

    /** Tempo gave no usable answer; {@code status} is what a client should get. */
    void failed(int status, ProxyError error, String message, String why);
  }

  /**
   * Finds a trace.
   *
   * @param limit how long it may take; after that the look-up is given up and has failed
   */
  void find(Exchange exchange, TraceId id, Duration limit, Callback callback) {
    new Search(exchange, id, false, callback).start(limit);
  }

  /**
   * As {@link #find}, for who looks at every span: the attributes of a large trace are read where
   * it is decoded, not on the event loop later.
   */
  void findWhole(Exchange exchange, TraceId id, Duration limit, Callback callback) {
    new Search(exchange, id, true, callback).start(limit);
  }

  /** One look-up, be it by one request or by two. Confined to the exchange's event loop. */
  private final class Search implements Callback {
    private final Exchange exchange;
    private final TraceId id;
    private final boolean whole;
    private final Callback callback;
    private Runnable leave = () -> {};
    private @Nullable ScheduledFuture<?> timer;
    private boolean over;

    Search(Exchange exchange, TraceId id, boolean whole, Callback callback) {
      this.exchange = exchange;
      this.id = id;
      this.whole = whole;
      this.callback = callback;
    }

    void start(Duration limit) {
      timer =
          exchange
              .loop()
              .schedule(
                  () -> exchange.guarded(() -> late(limit)),
                  limit.toMillis(),
                  TimeUnit.MILLISECONDS);
      ask(Operation.TEMPO_TRACE_BY_ID_V2);
    }

    void ask(Operation operation) {
      if (!over) {
        Runnable asked = TraceLookup.this.ask(exchange, id, operation, this);
        // A second request may have been made before the first one's handle came back.
        leave = operation == Operation.TEMPO_TRACE_BY_ID ? asked : both(leave, asked);
      }
    }

    private static Runnable both(Runnable first, Runnable second) {
      return () -> {
        first.run();
        second.run();
      };
    }

    private void late(Duration limit) {
      if (!over) {
        leave.run();
        failed(
            ProxyError.HTTP_RESPONSE_TIMEOUT.status(),
            ProxyError.HTTP_RESPONSE_TIMEOUT,
            "tempo timed out: no answer for the trace in " + limit.toMillis() + " ms",
            "a look-up of a trace was given up");
      }
    }

    private boolean end() {
      if (over) {
        return false;
      }
      over = true;
      ScheduledFuture<?> waiting = timer;
      if (waiting != null) {
        waiting.cancel(false);
      }
      return true;
    }

    @Override
    public void found(Trace trace) {
      if (end()) {
        callback.found(trace);
      }
    }

    @Override
    public void absent() {
      if (end()) {
        callback.absent();
      }
    }

    @Override
    public void failed(int status, ProxyError error, String message, String why) {
      if (end()) {
        callback.failed(status, error, message, why);
      }
    }
  }

  private Runnable ask(Exchange exchange, TraceId id, Operation operation, Search callback) {
    boolean v2 = operation == Operation.TEMPO_TRACE_BY_ID_V2;
    String path = (v2 ? "/api/v2/traces/" : "/api/traces/") + id.hex();
    HttpHeaders headers = outbound.own(exchange, PROTOBUF);
    Read read =
        new Read(
            new RouteMatch(operation, path, Map.of("id", id.hex())),
            new RequestHead("GET", target(path), headers),
            QueryParameters.empty(),
            path,
            new byte[0],
            headers::copy,
            false,
            maxBytes);
    return reads.read(
        exchange,
        read,
        new ReadHandler() {
          @Override
          public void onWhole(WholeAnswer answer) {
            answered(exchange, id, operation, answer, callback);
          }

          @Override
          public void onStream(ResponseHead head, BodySource body, String cache) {
            throw new IllegalStateException("asked for a whole answer");
          }

          @Override
          public void onFailure(ProxyError error, String message, String why, String cache) {
            boolean tooLarge = error == ProxyError.HTTP_RESPONSE_TOO_LARGE;
            callback.failed(
                error.status(),
                error,
                tooLarge ? message + ": over " + maxBytes + " bytes (limits.maxTrace)" : message,
                why);
          }
        });
  }

  static RequestTarget target(String path) {
    try {
      return RequestTarget.parse(path);
    } catch (BadTargetException e) {
      throw new IllegalStateException("a path of our own: " + path, e);
    }
  }

  private void answered(
      Exchange exchange,
      TraceId id,
      Operation operation,
      ReadHandler.WholeAnswer answer,
      Search callback) {
    boolean v2 = operation == Operation.TEMPO_TRACE_BY_ID_V2;
    if (answer.status() == 404) {
      if (v2) {
        // Tempo before 2.6 has no such path; a newer one answers 200 for a trace it lacks.
        callback.ask(Operation.TEMPO_TRACE_BY_ID);
      } else {
        callback.absent();
      }
      return;
    }
    if (answer.status() != 200) {
      String text = Texts.firstLine(answer.body());
      callback.failed(
          isClientError(answer.status()) ? answer.status() : 502,
          ProxyError.HTTP_RESPONSE_UNREADABLE,
          "tempo answered " + answer.status() + (text.isEmpty() ? "" : ": " + text),
          "tempo answered " + answer.status() + " for the trace");
      return;
    }
    Format format = v2 ? Format.V2_PROTOBUF : Format.V1_PROTOBUF;
    byte[] body = answer.body();
    if (body.length <= INLINE_BYTES) {
      decode(exchange, id, format, body, callback);
    } else {
      exchange.offLoop(worker, () -> decode(exchange, id, format, body, callback));
    }
  }

  /** What the caller may change is passed on; anything else is Tempo's failure. */
  private static boolean isClientError(int status) {
    return status >= 400 && status < 500;
  }

  private static Runnable outcome(Trace trace, Callback callback) {
    if (!trace.spans().isEmpty()) {
      return () -> callback.found(trace);
    }
    if (!trace.partial()) {
      return callback::absent;
    }
    // Too large to be sent is not absent.
    String message = trace.message();
    return () ->
        callback.failed(
            422,
            ProxyError.HTTP_RESPONSE_UNREADABLE,
            "tempo sent no span of the trace, which it calls partial"
                + (message == null ? "" : ": " + Texts.firstLine(message.getBytes(UTF_8))),
            "a partial trace without spans");
  }

  private static void decode(
      Exchange exchange, TraceId id, Format format, byte[] body, Search callback) {
    Runnable told;
    try {
      Trace trace = TraceDecoder.decode(id, body, format);
      if (callback.whole) {
        for (Span span : trace.spans()) {
          var unused = span.attributes().all();
        }
      }
      told = outcome(trace, callback);
    } catch (TraceDecodeException e) {
      told =
          () ->
              callback.failed(
                  502,
                  ProxyError.HTTP_RESPONSE_UNREADABLE,
                  "the trace that tempo sent cannot be read",
                  String.valueOf(e.getMessage()));
    }
    if (exchange.loop().inEventLoop()) {
      told.run();
    } else {
      exchange.onLoop(told);
    }
  }
}
