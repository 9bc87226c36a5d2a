// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts environment variables into values: {@code ${NAME}}, and {@code ${NAME:-default}} where the
 * variable is missing or empty. Names that begin with two underscores are Grafana's and stay; so do
 * the keys that hold Grafana's templates or regular expressions, where a {@code $} is their own.
 */
final class EnvironmentSubstitution {
  private static final String DOUBLED = "$${__";
  private static final String OPEN = "${";

  private final Map<String, String> environment;
  private final Problems problems;

  EnvironmentSubstitution(Map<String, String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  ConfigNode apply(ConfigNode node) {
    if (node instanceof Mapping mapping) {
      Map<String, Entry> entries = new LinkedHashMap<>();
      mapping
          .entries()
          .forEach((k, e) -> entries.put(k, new Entry(e.keyPlace(), apply(e.value()))));
      return new Mapping(mapping.place(), mapping.path(), entries);
    }
    if (node instanceof Sequence sequence) {
      List<ConfigNode> items = new ArrayList<>();
      for (ConfigNode item : sequence.items()) {
        items.add(apply(item));
      }
      return new Sequence(sequence.place(), sequence.path(), items);
    }
    return scalar((Scalar) node);
  }

  private Scalar scalar(Scalar scalar) {
    String written = scalar.text();
    if (written == null || written.indexOf('$') < 0) {
      return scalar;
    }
    String text = written;
    if (text.contains(DOUBLED)) {
      problems.warning(
          scalar.place(),
          scalar.path(),
          "was with $${__, the doubling of Grafana's provisioning files; it is read as ${__"
              + " (expected: a single $)");
      text = text.replace(DOUBLED, "${__");
    }
    if (!isTemplate(scalar.path())) {
      String replaced = replace(text, scalar);
      if (replaced == null) {
        return new Scalar(scalar.place(), scalar.path(), null, Origin.BROKEN);
      }
      if (!replaced.equals(text)) {
        // A file's name may hold a variable; a variable that begins with file: is no file's name.
        Origin origin = written.startsWith(SecretFiles.SCHEME) ? Origin.FILE : Origin.ENVIRONMENT;
        return new Scalar(scalar.place(), scalar.path(), replaced, origin);
      }
    }
    return new Scalar(scalar.place(), scalar.path(), text, scalar.origin());
  }

  private static boolean isTemplate(String path) {
    String key = path.substring(path.lastIndexOf('.') + 1);
    return key.equals("query")
        || key.equals("matcherRegex")
        || (key.equals("url") && path.startsWith("derivedFields["));
  }

  /** Returns null if a variable is missing or badly written, which is then among the problems. */
  private @Nullable String replace(String text, Scalar scalar) {
    StringBuilder result = new StringBuilder();
    boolean complete = true;
    int at = 0;
    for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
      result.append(text, at, open);
      int close = text.indexOf('}', open);
      if (text.startsWith("__", open + OPEN.length())) {
        at = close < 0 ? text.length() : close + 1;
        result.append(text, open, at);
        continue;
      }
      String value = value(close < 0 ? "" : text.substring(open + OPEN.length(), close), scalar);
      complete &= value != null;
      result.append(value);
      at = close < 0 ? text.length() : close + 1;
    }
    return complete ? result.append(text, at, text.length()).toString() : null;
  }

  private @Nullable String value(String inside, Scalar scalar) {
    int colon = inside.indexOf(":-");
    String name = colon < 0 ? inside : inside.substring(0, colon);
    if (!isName(name)) {
      // What stands there is not repeated: it may be a piece of a password.
      problems.error(
          scalar.place(),
          scalar.path(),
          "was with ${ and no name of a variable (expected: ${NAME} or ${NAME:-default})");
      return null;
    }
    String value = environment.get(name);
    if (colon >= 0) {
      return value == null || value.isEmpty() ? inside.substring(colon + 2) : value;
    }
    if (value == null) {
      problems.error(
          scalar.place(),
          scalar.path(),
          "was with ${"
              + name
              + "}, which is not in the environment (expected: the variable, or a default as"
              + " ${"
              + name
              + ":-default})");
    }
    return value;
  }

  private static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
      if (!letter && (i == 0 || c < '0' || c > '9')) {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
