// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.Map;
import java.util.TreeMap;

/** Counts what an annotator tells. */
final class CountingListener implements AnnotateListener {
  private final Map<String, Integer> found = new TreeMap<>();
  private final Map<Fallback, Integer> fallbacks = new TreeMap<>();
  private int seen;

  @Override
  public void entrySeen() {
    seen++;
  }

  @Override
  public void fieldFound(String name) {
    found.merge(name, 1, Integer::sum);
  }

  @Override
  public void fallback(Fallback reason) {
    fallbacks.merge(reason, 1, Integer::sum);
  }

  String heard() {
    return "seen " + seen + ", found " + found + ", fallbacks " + fallbacks;
  }
}
