// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import com.google.re2j.Pattern;
import io.spanway.model.Resource;
import java.util.Map;

/**
 * The settings for some resources.
 *
 * @param match attributes, and what the whole value of each must match
 */
record Variant(Map<String, Pattern> match, Settings settings) {
  Variant {
    match = Map.copyOf(match);
  }

  boolean fits(Resource resource) {
    for (Map.Entry<String, Pattern> each : match.entrySet()) {
      String value = resource.attributes().labelValue(each.getKey());
      if (value == null || !each.getValue().matches(value)) {
        return false;
      }
    }
    return true;
  }
}
