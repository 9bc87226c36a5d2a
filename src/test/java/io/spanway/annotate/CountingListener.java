// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Map;
import java.util.TreeMap;

/** Counts what an annotator tells. */
final class CountingListener implements AnnotateListener {
  private final Map<String, Long> found = new TreeMap<>();
  private final Map<Fallback, Integer> fallbacks = new TreeMap<>();
  private long seen;

  @Override
  public void entriesSeen(long count) {
    seen += count;
  }

  @Override
  public void fieldFound(String name, long count) {
    found.merge(name, count, Long::sum);
  }

  @Override
  public void fallback(Fallback reason) {
    fallbacks.merge(reason, 1, Integer::sum);
  }

  String heard() {
    return "seen " + seen + ", found " + found + ", fallbacks " + fallbacks;
  }
}
