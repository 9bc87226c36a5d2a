// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.cache.CachedResponse;
import io.spanway.correlate.LinkTags;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.otlp.TraceDecodeException;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.otlp.TraceEnricher;
import io.spanway.otlp.TraceEnricher.Enriched;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.upstream.UpstreamException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts on traces what Grafana needs to offer the logs of a span, whole and up to a size: the length
 * of all comes before its parts. Thread-safe.
 */
final class TraceEnrichment {
  private static final String RULE = "enrich-traces";

  private final Rule rule;
  private final long maxBytes;
  private final Executor worker;

  TraceEnrichment(LinkTags tags, long maxBytes, Executor worker) {
    this.rule = new Rule(tags);
    this.maxBytes = maxBytes;
    this.worker = worker;
  }

  private record Rule(LinkTags tags) implements TraceEnricher.Rule {
    @Override
    public Set<String> keys() {
      return tags.keys();
    }

    @Override
    public @Nullable Attribute missing(Attributes resource, Set<String> taken) {
      return tags.missing(resource, taken);
    }
  }

  /** What can be enriched: null for other media types. */
  private static @Nullable Format format(Operation operation, HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    String lower = type == null ? "" : type.toLowerCase(Locale.ROOT);
    boolean v2 = operation == Operation.TEMPO_TRACE_BY_ID_V2;
    if (lower.startsWith("application/protobuf")) {
      return v2 ? Format.V2_PROTOBUF : Format.V1_PROTOBUF;
    }
    if (lower.startsWith("application/json")) {
      return v2 ? Format.V2_JSON : Format.V1_JSON;
    }
    return null;
  }

  /** Answers with a trace that is still coming; takes {@code body}. */
  void respond(Exchange exchange, ResponseHead head, BodySource body) {
    HttpHeaders headers = head.headers();
    Format format = format(exchange.operation(), headers);
    if (format == null) {
      exchange.respond(head, body);
      return;
    }
    HttpHeaders original = headers.copy();
    BodySource plain = ChangedBody.plain(headers, body);
    if (plain == null) {
      count(exchange, "unreadable");
      exchange.respond(head, body);
      return;
    }
    // Where nothing had to be decoded, what is not changed goes out under its own headers.
    HttpHeaders unchanged = plain == body ? original : headers;
    BodyCollector collector =
        BodyCollector.collect(plain, maxBytes, new Whole(exchange, format, headers, unchanged));
    exchange.onAbandon(collector::cancel);
  }

  private final class Whole implements BodyCollector.Callback {
    private final Exchange exchange;
    private final Format format;
    private final HttpHeaders headers;
    private final HttpHeaders unchanged;

    Whole(Exchange exchange, Format format, HttpHeaders headers, HttpHeaders unchanged) {
      this.exchange = exchange;
      this.format = format;
      this.headers = headers;
      this.unchanged = unchanged;
    }

    @Override
    public void complete(ByteBuf collected, HttpHeaders trailers) {
      byte[] body = Bodies.bytes(collected);
      enrich(
          exchange,
          format,
          body,
          enriched -> {
            if (enriched == null) {
              exchange.respond(new ResponseHead(200, unchanged), Bodies.of(body));
            } else {
              give(exchange, headers, enriched);
            }
          });
    }

    @Override
    public void tooLarge(BodySource whole) {
      count(exchange, "oversized");
      exchange.respond(new ResponseHead(200, unchanged), whole);
    }

    @Override
    public void failed(Throwable cause) {
      ProxyError error =
          cause instanceof UpstreamException upstream
              ? upstream.error()
              : ProxyError.HTTP_RESPONSE_UNREADABLE;
      exchange.reject(
          error, Upstreams.message(error, BackendKind.TEMPO), String.valueOf(cause.getMessage()));
    }
  }

  /**
   * Answers with a trace that is all there.
   *
   * @param headers its headers, the exchange's own
   * @param body lent: it may be the cache's
   * @param unchanged answers with the trace as it is
   */
  void respond(Exchange exchange, HttpHeaders headers, byte[] body, Runnable unchanged) {
    Format format = format(exchange.operation(), headers);
    if (format == null) {
      unchanged.run();
    } else if (body.length > maxBytes) {
      count(exchange, "oversized");
      unchanged.run();
    } else {
      enrich(
          exchange,
          format,
          body,
          enriched -> {
            if (enriched == null) {
              unchanged.run();
            } else {
              headers.remove(HttpHeaderNames.CONTENT_LENGTH);
              headers.remove(HttpHeaderNames.ETAG);
              give(exchange, headers, enriched);
            }
          });
    }
  }

  private void enrich(
      Exchange exchange, Format format, byte[] body, Consumer<@Nullable Enriched> then) {
    if (body.length <= CachedReads.INLINE_BYTES) {
      then.accept(enriched(exchange, format, body));
    } else {
      exchange.offLoop(
          worker,
          () -> {
            Enriched enriched = enriched(exchange, format, body);
            exchange.onLoop(() -> then.accept(enriched));
          });
    }
  }

  private @Nullable Enriched enriched(Exchange exchange, Format format, byte[] body) {
    try {
      return TraceEnricher.enrich(body, format, rule);
    } catch (TraceDecodeException e) {
      count(exchange, "unreadable");
      return null;
    }
  }

  private static void give(Exchange exchange, HttpHeaders headers, Enriched enriched) {
    exchange.rewrite(RULE);
    exchange.rewritten("enriched");
    exchange.note(
        Answers.X_SPANWAY_ENRICHED, Texts.headerValue(String.join(", ", enriched.keys()), 512));
    byte[] body = enriched.body();
    exchange.respond(
        new ResponseHead(200, headers),
        ChangedBody.encoded(
            exchange,
            headers,
            new PacedBody(body, exchange.loop()),
            body.length < CachedResponse.MIN_GZIP));
  }

  private static void count(Exchange exchange, String outcome) {
    exchange.listener().rewrite(RULE, outcome);
  }
}
