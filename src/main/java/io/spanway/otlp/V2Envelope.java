// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

/**
 * The wire format of Tempo's TraceByIDResponse, whose classes we do not have
 * (grafana/tempo:pkg/tempopb/tempo.proto): {@code trace 1, metrics 2, status 3, message 4}.
 */
final class V2Envelope {
  static final int TRACE_TAG = (1 << 3) | 2;
  static final int STATUS_TAG = 3 << 3;
  static final int MESSAGE_TAG = (4 << 3) | 2;

  /** The status that says that spans are missing; complete is 0 and left out. */
  static final int PARTIAL = 1;

  private V2Envelope() {}
}
