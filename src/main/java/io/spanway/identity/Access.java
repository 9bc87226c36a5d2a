// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

/** What a caller may be allowed to do. None includes another. */
public enum Access {
  /** Ask for logs and traces, tail included. */
  READ,
  /** Push, and whatever changes something at paths that Spanway does not know. */
  WRITE,
  /** See and change the ruler's rules and alerts. */
  RULES,
  /**
   * Delete logs, change Tempo's overrides, and ask for administrative paths that are let through.
   */
  ADMIN
}
