// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.Map;
import java.util.SortedMap;

/** Labels as the text by which Loki sorts streams and series. */
final class LabelKey {
  private LabelKey() {}

  /** Returns {@code labels} as {@code {a="1", b="2"}}. */
  static String of(SortedMap<String, String> labels) {
    var text = new StringBuilder("{");
    String comma = "";
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text.append(comma).append(label.getKey()).append('=');
      JsonText.string(text, label.getValue());
      comma = ", ";
    }
    return text.append('}').toString();
  }
}
