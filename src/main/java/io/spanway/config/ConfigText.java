// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.units.DurationText;
import io.spanway.units.Secret;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a configuration as the file that says the same: YAML with the file's own keys, every
 * default spelt out, and {@code ***} in the place of secrets. What is not set is left out.
 */
public final class ConfigText {
  private static final String HIDDEN = "\"***\"";

  private final StringBuilder out = new StringBuilder();

  private ConfigText() {}

  /** Returns the text; apart from secrets {@link ConfigLoader} reads it back. */
  public static String write(GatewayConfig config) {
    ConfigText text = new ConfigText();
    text.mapping(entries(config), 0);
    return text.out.toString();
  }

  private static Map<String, Object> entries(Object value) {
    Map<String, Object> entries = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> entries.put(scalar(String.valueOf(key)), each));
      return entries;
    }
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object each = read(component, value);
      if (each != null) {
        entries.put(component.getName(), each);
      }
    }
    return entries;
  }

  static @Nullable Object read(RecordComponent component, Object value) {
    try {
      return component.getAccessor().invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(component + " is not accessible", e);
    }
  }

  /** Writes keys, each on its own line. */
  private void mapping(Map<String, Object> entries, int indent) {
    entries.forEach(
        (key, value) -> {
          out.append(" ".repeat(indent)).append(key).append(':');
          behind(value, indent);
        });
  }

  /** Writes what stands behind a key. */
  private void behind(Object value, int indent) {
    if (value instanceof Collection<?> list) {
      if (list.isEmpty()) {
        out.append(" []\n");
        return;
      }
      out.append('\n');
      for (Object item : list) {
        out.append(" ".repeat(indent)).append("  -");
        item(item, indent + 4);
      }
    } else if (isScalar(value)) {
      out.append(' ').append(scalar(value)).append('\n');
    } else {
      Map<String, Object> inside = entries(value);
      out.append(inside.isEmpty() ? " {}\n" : "\n");
      mapping(inside, indent + 2);
    }
  }

  /** Writes an item behind its dash: the first key of a record stands on the dash's own line. */
  private void item(Object item, int indent) {
    if (isScalar(item) || entries(item).isEmpty()) {
      behind(item, indent);
      return;
    }
    int start = out.length();
    mapping(entries(item), indent);
    out.replace(start, start + indent, " ");
  }

  private static boolean isScalar(Object value) {
    return value instanceof Enum<?> || ScalarBinder.isScalar(value.getClass());
  }

  private static String scalar(Object value) {
    if (value instanceof Secret) {
      return HIDDEN;
    }
    if (value instanceof Duration duration) {
      return DurationText.format(duration);
    }
    if (value instanceof Enum<?> constant) {
      return ScalarBinder.written(constant);
    }
    if (value instanceof Boolean || value instanceof Number) {
      return value.toString();
    }
    String text = value.toString();
    return isPlain(text) ? text : quoted(text);
  }

  /** Says whether a text needs no quotes, and looks like no other thing either. */
  private static boolean isPlain(String text) {
    return !text.isEmpty()
        && text.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || c == '_'
                        || c == '.'
                        || c == '/')
        && !text.equalsIgnoreCase("null");
  }

  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
