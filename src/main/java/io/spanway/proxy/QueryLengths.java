// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.BadTargetException;
import io.spanway.http.LokiDurations;
import io.spanway.model.TimeRange;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long a window each tenant may ask Loki for ({@code max_query_length}), learned from Loki's
 * refusals. Bounded; thread-safe.
 */
final class QueryLengths {
  /** How Loki's message begins (pkg/util/validation, ErrQueryTooLong). */
  private static final String REFUSED = "the query time range exceeds the limit";

  private static final String NUMBER = "limit: ";
  private static final int MAX_TENANTS = 1000;

  private final Map<String, Long> longest = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Learns from a refusal.
   *
   * @return whether it says how long a window may be
   */
  boolean learn(String tenant, String message) {
    int at = message.lastIndexOf(NUMBER);
    if (!message.startsWith(REFUSED) || at < 0) {
      return false;
    }
    int from = at + NUMBER.length();
    int end = message.indexOf(')', from);
    try {
      long length = LokiDurations.parse(message.substring(from, end < 0 ? message.length() : end));
      if (length <= 0) {
        return false;
      }
      synchronized (longest) {
        longest.put(tenant, length);
        if (longest.size() > MAX_TENANTS) {
          longest.remove(longest.keySet().iterator().next());
        }
      }
      return true;
    } catch (BadTargetException e) {
      return false;
    }
  }

  /**
   * Cuts a window to what is known to be answered.
   *
   * @param forward whether the start stays, not the end
   * @return the same where nothing has to be cut
   */
  TimeRange clip(String tenant, TimeRange window, boolean forward) {
    Long most;
    synchronized (longest) {
      most = longest.get(tenant);
    }
    if (most == null || window.endNs() - window.startNs() <= most) {
      return window;
    }
    return forward
        ? new TimeRange(window.startNs(), window.startNs() + most)
        : new TimeRange(window.endNs() - most, window.endNs());
  }
}
