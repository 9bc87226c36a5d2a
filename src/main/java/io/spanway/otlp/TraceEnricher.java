// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts attributes on resources of a trace-by-ID answer of Tempo, without decoding and encoding it:
 * the bytes of the new attribute go to the end of its list, in protobuf the lengths around it are
 * made longer, and all else stays byte for byte, what we do not know and empty messages included.
 */
public final class TraceEnricher {
  /** Says which attribute a resource is to get. */
  public interface Rule {
    /** The keys of which one suffices, on the resource, on the scope or on the span. */
    Set<String> keys();

    /**
     * Chooses an attribute for a resource some of whose spans have none of the keys.
     *
     * @param resource what it has; never empty, none of the keys among it
     * @param taken those of the keys that others of its spans or scopes have
     * @return null when there is nothing to say
     */
    @Nullable Attribute missing(Attributes resource, Set<String> taken);
  }

  /**
   * An answer that was changed.
   *
   * @param body the answer
   * @param keys the keys that were put in
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Enriched(byte[] body, Set<String> keys) {}

  private TraceEnricher() {}

  /**
   * Enriches an answer. A resource without attributes stays as it is, since Grafana does not show
   * its spans.
   *
   * @param body the body, without any content coding; lent
   * @return null when nothing is to be put in
   * @throws TraceDecodeException if the body is malformed where it was looked at, or over 128 MiB
   */
  public static @Nullable Enriched enrich(byte[] body, TraceDecoder.Format format, Rule rule)
      throws TraceDecodeException {
    TraceDecoder.requireSize(body);
    Edits edits = new Edits();
    Set<String> keys = new TreeSet<>();
    switch (format) {
      case V1_PROTOBUF -> new ProtobufEnricher(body, rule, edits, keys).v1();
      case V2_PROTOBUF -> new ProtobufEnricher(body, rule, edits, keys).v2();
      case V1_JSON, V2_JSON -> JsonEnricher.enrich(body, rule, edits, keys);
    }
    return edits.isEmpty() ? null : new Enriched(edits.applyTo(body), keys);
  }
}
