// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

/**
 * What Spanway tells about itself.
 *
 * @param accessLog one line for each request
 * @param otlp spans of its own
 */
public record TelemetryConfig(AccessLog accessLog, OtlpConfig otlp) {
  /** What holds where the file says nothing. */
  public static final TelemetryConfig DEFAULT =
      new TelemetryConfig(new AccessLog(true), OtlpConfig.DEFAULT);

  /**
   * The access log.
   *
   * @param enabled whether it is written
   */
  public record AccessLog(boolean enabled) {}
}
