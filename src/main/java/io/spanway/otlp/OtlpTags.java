// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

/** Field numbers of opentelemetry.proto.trace.v1, as tags: a field of another type is unknown. */
final class OtlpTags {
  static final int RESOURCE_SPANS = bytes(1);
  static final int RESOURCE = bytes(1);
  static final int RESOURCE_ATTRIBUTES = bytes(1);
  static final int SCOPE_SPANS = bytes(2);
  static final int SCOPE = bytes(1);
  static final int SCOPE_ATTRIBUTES = bytes(3);
  static final int SPANS = bytes(2);
  static final int SPAN_ATTRIBUTES = bytes(9);

  private OtlpTags() {}

  static int bytes(int field) {
    return (field << 3) | 2;
  }
}
