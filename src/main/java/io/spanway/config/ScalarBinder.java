// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.units.DurationText;
import io.spanway.units.Excerpts;
import io.spanway.units.Secret;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns a text into a value: of a few known types, of an enum (whose constant {@code
 * STRUCTURED_METADATA} is written {@code structuredMetadata}), or of any type with a {@code public
 * static} method {@code parse(String)} of its own.
 */
final class ScalarBinder {
  private final SecretFiles secretFiles;

  ScalarBinder(SecretFiles secretFiles) {
    this.secretFiles = secretFiles;
  }

  /** Says whether {@code type} is written as a single value. */
  static boolean isScalar(Class<?> type) {
    return type.isPrimitive()
        || type.isEnum()
        || type == String.class
        || type == Boolean.class
        || type == Integer.class
        || type == Long.class
        || type == Double.class
        || type == Duration.class
        || type == Secret.class
        || parser(type) != null;
  }

  /** Returns what {@code type} looks like, for a message. */
  static String expected(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number such as 0.25";
    }
    if (type == Duration.class) {
      return "a duration such as 30s";
    }
    if (type == Secret.class) {
      return "${NAME} or file:/path";
    }
    if (type.isEnum()) {
      return "one of "
          + String.join(
              ", ",
              Arrays.stream(type.getEnumConstants())
                  .map(constant -> written((Enum<?>) constant))
                  .toList());
    }
    return "a text";
  }

  /**
   * Returns the value of {@code scalar}, whose text is not null.
   *
   * @throws IllegalArgumentException if the text is not one of {@code type}, with a message for the
   *     reader of the file
   */
  Object bind(Scalar scalar, String text, Class<?> type) {
    if (type == String.class) {
      return text;
    }
    if (type == Secret.class) {
      return secret(scalar, text);
    }
    if (type == Duration.class) {
      return DurationText.parse(text);
    }
    Object value = type.isEnum() ? constant(text, type) : simple(text, type);
    if (value != null) {
      return value;
    }
    Method parser = parser(type);
    if (parser == null) {
      throw new IllegalArgumentException(
          "was " + Excerpts.quote(text) + " (expected: " + expected(type) + ")");
    }
    return parsed(parser, text);
  }

  private Secret secret(Scalar scalar, String text) {
    if (scalar.origin() == Origin.FILE && text.startsWith(SecretFiles.SCHEME)) {
      return secretFiles.read(text);
    }
    if (scalar.origin() == Origin.FILE) {
      throw new IllegalArgumentException(
          "was written into the file (expected: ${NAME} or file:/path, so that the file can be"
              + " shown)");
    }
    return new Secret(text);
  }

  private static @Nullable Object simple(String text, Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
    }
    try {
      if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text);
      }
      if (type == long.class || type == Long.class) {
        return Long.valueOf(text);
      }
      if (type == double.class || type == Double.class) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      return null;
    }
    return null;
  }

  private static @Nullable Object constant(String text, Class<?> type) {
    for (Object constant : type.getEnumConstants()) {
      if (written((Enum<?>) constant).equals(text)) {
        return constant;
      }
    }
    return null;
  }

  /** Returns the constant's name in camel case. */
  static String written(Enum<?> constant) {
    StringBuilder name = new StringBuilder();
    for (String word : constant.name().toLowerCase(Locale.ROOT).split("_", -1)) {
      name.append(
          name.isEmpty() || word.isEmpty()
              ? word
              : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return name.toString();
  }

  private static @Nullable Method parser(Class<?> type) {
    if (type.isPrimitive() || type.getPackageName().startsWith("java.")) {
      return null;
    }
    try {
      Method method = type.getMethod("parse", String.class);
      return Modifier.isStatic(method.getModifiers()) && method.getReturnType() == type
          ? method
          : null;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  private static Object parsed(Method parser, String text) {
    try {
      return parser.invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new LinkageError(parser + " failed", e.getCause());
    } catch (IllegalAccessException e) {
      throw new LinkageError(parser + " is not accessible", e);
    }
  }
}
