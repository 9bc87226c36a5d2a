// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import io.spanway.streams.Labels;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An entry that was read already. Searches with the engine alone, so that it is also what the ways
 * around the engine are tested against.
 */
record DecodedEntry(long timestampNs, String line, Labels stream, Labels labels)
    implements EntryView {
  @Override
  public boolean mayHave(long literals) {
    return true;
  }

  @Override
  public boolean inLine(LinePattern pattern, FieldValue value, AnnotateListener listener) {
    return !pattern.isTooLong(line.length(), listener) && pattern.find(line, value);
  }

  @Override
  public boolean inLabels(Pattern name, FieldValue value) {
    for (Map.Entry<String, String> label : labels.asMap().entrySet()) {
      if (name.matcher(label.getKey()).find()) {
        value.set(label.getValue());
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean fits(StreamCondition condition) {
    return condition.fits(stream::get);
  }

  @Override
  public @Nullable String label(String name) {
    return labels.get(name);
  }

  @Override
  public @Nullable String label(FieldKey key) {
    return label(key.name());
  }
}
