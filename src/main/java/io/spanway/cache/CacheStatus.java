// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.Locale;

/**
 * What the cache did for a request: one set for the {@code X-Spanway-Cache} header, the access log
 * and the metrics.
 */
public enum CacheStatus {
  /** Answered from the store. */
  HIT,
  /** Fetched, and stored if the policy says so. */
  MISS,
  /** Answered with a fetch that another request had already started. */
  COALESCED,
  /** Answered from the store but for one stretch of time, which was fetched. */
  PARTIAL,
  /** Answered from the store with what is past its time, since the upstream failed. */
  STALE,
  /** The cache had no part in it; {@link BypassReason} says why. */
  BYPASS;

  /** Name of the response header. */
  public static final String HEADER = "x-spanway-cache";

  private final String id = name().toLowerCase(Locale.ROOT);

  /** Returns the header's value and the metric label; {@link BypassReason} completes a bypass. */
  public String id() {
    return id;
  }
}
