// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/** Where log entries carry IDs. */
enum IdLocation {
  BOTH,
  /** Both, until somebody has learned better. */
  AUTO,
  LINE,
  FIELDS
}
