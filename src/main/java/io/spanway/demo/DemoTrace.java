// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.List;

/**
 * A trace of the sample data.
 *
 * @param id 32 lower-case hexadecimal digits
 * @param spans its spans, the root first
 */
record DemoTrace(String id, List<DemoSpan> spans) {
  DemoSpan root() {
    return spans.get(0);
  }

  long startNs() {
    return spans.stream().mapToLong(DemoSpan::startNs).min().orElseThrow();
  }

  long endNs() {
    return spans.stream().mapToLong(DemoSpan::endNs).max().orElseThrow();
  }
}
