// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.annotate.AnnotateListener;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.DetectedFields;
import io.spanway.annotate.LogStreamAnnotator;
import io.spanway.body.BodySource;
import io.spanway.body.BodyTransform;
import io.spanway.body.TransformingSource;
import io.spanway.cache.CachedResponse;
import io.spanway.http.ContentCoding;
import io.spanway.route.Operation;
import io.spanway.streams.StreamsAnswer;
import java.util.Locale;
import java.util.Set;

/** Puts derived fields on answers, streaming or whole. Thread-safe. */
final class Annotations {
  private final DerivedFieldSet fields;
  private final AnnotateListener listener;

  Annotations(DerivedFieldSet fields, AnnotateListener listener) {
    this.fields = fields;
    this.listener = listener;
  }

  /**
   * Returns {@code body} with the fields put in as it streams, compressed if the client takes it;
   * the same body when nothing can be done to it.
   *
   * @param headers the answer's headers, changed where the body will be
   */
  BodySource stream(Exchange exchange, HttpHeaders headers, BodySource body) {
    if (fields.isEmpty() || !isJson(headers)) {
      return body;
    }
    long length = body.length();
    boolean small =
        ContentCoding.of(headers) == ContentCoding.IDENTITY
            && length >= 0
            && length < CachedResponse.MIN_GZIP;
    BodySource plain = ChangedBody.plain(headers, body);
    if (plain == null) {
      listener.fallback(AnnotateListener.Fallback.CONTENT_CODING);
      return body;
    }
    BodySource annotated = new TransformingSource(plain, transform(exchange.operation()));
    return ChangedBody.encoded(exchange, headers, annotated, small);
  }

  private BodyTransform transform(Operation operation) {
    return switch (operation) {
      case LOKI_DETECTED_FIELDS -> new DetectedFields(fields, listener);
      case LOKI_LEGACY_QUERY -> LogStreamAnnotator.legacy(fields, listener);
      default -> new LogStreamAnnotator(fields, listener);
    };
  }

  /** Returns {@code answer} with the fields on its entries. */
  StreamsAnswer annotate(StreamsAnswer answer) {
    return fields.isEmpty() ? answer : fields.annotate(answer, listener);
  }

  /** Returns the trace IDs to which links lead that are to be verified. */
  Set<String> linkedTraceIds(StreamsAnswer annotated) {
    return fields.linkedTraceIds(annotated);
  }

  /** Returns the answer without the links, of those to be verified, to one of {@code traceIds}. */
  StreamsAnswer withoutLinks(StreamsAnswer annotated, Set<String> traceIds) {
    return fields.withoutLinks(annotated, traceIds);
  }

  private static boolean isJson(HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/json");
  }
}
