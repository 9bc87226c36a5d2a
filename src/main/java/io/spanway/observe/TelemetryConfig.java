// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

/**
 * What Spanway tells about itself.
 *
 * @param accessLog one line for each request
 */
public record TelemetryConfig(AccessLog accessLog) {
  /** What holds where the file says nothing. */
  public static final TelemetryConfig DEFAULT = new TelemetryConfig(new AccessLog(true));

  /**
   * The access log.
   *
   * @param enabled whether it is written
   */
  public record AccessLog(boolean enabled) {}
}
