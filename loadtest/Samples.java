// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Figures of one kind, one from each round. */
final class Samples {
  private final List<Double> values = new ArrayList<>();

  Samples add(double value) {
    values.add(value);
    return this;
  }

  List<Double> values() {
    return Collections.unmodifiableList(values);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.isEmpty()
        ? 0
        : sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** This one's figures by another's, each by that of the same round. */
  Samples of(Samples other) {
    Samples ratios = new Samples();
    for (int i = 0; i < Math.min(values.size(), other.values.size()); i++) {
      ratios.add(other.values.get(i) == 0 ? 0 : values.get(i) / other.values.get(i));
    }
    return ratios;
  }

  /** This one's figures without another's, each of the same round. */
  Samples minus(Samples other) {
    Samples differences = new Samples();
    for (int i = 0; i < Math.min(values.size(), other.values.size()); i++) {
      differences.add(values.get(i) - other.values.get(i));
    }
    return differences;
  }

  /** The median with the least and the greatest. */
  String text(int decimals) {
    if (values.isEmpty()) {
      return "–";
    }
    String f = "%." + decimals + "f";
    if (values.size() == 1) {
      return String.format(Locale.ROOT, f, values.get(0));
    }
    return String.format(
        Locale.ROOT,
        f + " (" + f + "–" + f + ")",
        median(),
        Collections.min(values),
        Collections.max(values));
  }
}
