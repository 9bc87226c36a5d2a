// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Origin;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Binds a tree to records: keys to components of the same name, lists to {@link List} or {@link
 * Set}, free keys to {@link Map}, the rest to {@link ScalarBinder}. What the file leaves out comes
 * from the record that the surrounding one has as its default, or from the type's own {@code
 * DEFAULT}; failing both, {@code @Nullable} components are null, collections empty, booleans false
 * and all else has to be there.
 */
final class RecordBinder {
  /** Stands for a value that could not be had; why is among the problems. */
  private static final Object FAILED = new Object();

  private final Problems problems;
  private final ScalarBinder scalars;
  private final GrafanaKeys grafanaKeys;

  RecordBinder(Problems problems, ScalarBinder scalars, GrafanaKeys grafanaKeys) {
    this.problems = problems;
    this.scalars = scalars;
    this.grafanaKeys = grafanaKeys;
  }

  /**
   * Returns the record, so far as it can be had: what has errors, which are then among the
   * problems, is as in {@code defaults}.
   */
  <T extends Record> T bind(ConfigNode node, T defaults) {
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) defaults.getClass();
    Gathered gathered = gather(node, node.place(), type, defaults);
    Object made = gathered == null ? null : gathered.assembly().make();
    return made == null ? defaults : type.cast(made);
  }

  private Object record(ConfigNode node, Place keyPlace, Class<?> type, @Nullable Object defaults) {
    Gathered gathered = isBroken(node) ? null : gather(node, keyPlace, type, defaults);
    if (gathered == null || (!gathered.complete() && defaults == null)) {
      return FAILED;
    }
    Object made = gathered.assembly().make();
    return made == null || !gathered.complete() || gathered.assembly().isRefused() ? FAILED : made;
  }

  /** Collects the values of one record; null if there is no mapping to take them from. */
  private @Nullable Gathered gather(
      ConfigNode node, Place keyPlace, Class<?> type, @Nullable Object defaults) {
    Set<String> known = new LinkedHashSet<>();
    for (RecordComponent component : type.getRecordComponents()) {
      known.add(component.getName());
    }
    Mapping mapping;
    if (node instanceof Mapping given) {
      mapping = given;
    } else if (node.isNull()) {
      mapping = new Mapping(node.place(), node.path(), Map.of());
    } else {
      problems.error(
          node.place(),
          node.path(),
          "was " + node.kind() + " (expected: a mapping of " + String.join(", ", known) + ")");
      return null;
    }
    mapping.entries().forEach((key, entry) -> checkKnown(mapping.path(), key, entry, known));

    RecordAssembly assembly = new RecordAssembly(type, defaults, mapping, keyPlace, problems);
    boolean complete = true;
    for (RecordComponent component : assembly.components()) {
      Entry entry = mapping.entries().get(component.getName());
      Object fallback = assembly.defaultOf(component);
      Object value;
      if (entry == null) {
        value = fallback == null ? absent(component, mapping, keyPlace) : fallback;
      } else {
        value =
            value(
                entry.value(),
                entry.keyPlace(),
                component.getGenericType(),
                component.getAnnotatedType(),
                fallback);
      }
      if (value == FAILED) {
        complete = false;
        assembly.fail(component);
      } else {
        assembly.set(component, value, entry);
      }
    }
    return new Gathered(assembly, complete);
  }

  private void checkKnown(String path, String key, Entry entry, Set<String> known) {
    if (grafanaKeys.isWithoutMeaning(entry) || known.contains(key)) {
      return;
    }
    String nearest = NearestName.of(key, known);
    problems.error(
        entry.keyPlace(),
        Mapping.pathOf(path, key),
        "is not a key here (expected: "
            + (nearest == null ? "one of " + String.join(", ", known) : nearest + "?")
            + ")");
  }

  private @Nullable Object absent(RecordComponent component, Mapping mapping, Place keyPlace) {
    Class<?> type = component.getType();
    if (isNullable(component.getAnnotatedType())) {
      return null;
    }
    if (type == List.class) {
      return List.of();
    }
    if (type == Set.class) {
      return Set.of();
    }
    if (type == Map.class) {
      return Map.of();
    }
    if (type == boolean.class) {
      return false;
    }
    String path = Mapping.pathOf(mapping.path(), component.getName());
    if (type.isRecord() && !ScalarBinder.isScalar(type)) {
      return record(
          new Mapping(keyPlace, path, Map.of()),
          keyPlace,
          type,
          RecordAssembly.declaredDefault(type));
    }
    problems.error(keyPlace, path, "is missing (expected: " + ScalarBinder.expected(type) + ")");
    return FAILED;
  }

  private @Nullable Object value(
      ConfigNode node,
      Place keyPlace,
      Type genericType,
      AnnotatedType annotated,
      @Nullable Object fallback) {
    if (isBroken(node)) {
      return FAILED;
    }
    Class<?> type =
        (Class<?>) (genericType instanceof ParameterizedType p ? p.getRawType() : genericType);
    if (type == List.class || type == Set.class) {
      return list(node, type, annotated, fallback);
    }
    if (type == Map.class) {
      return map(node, annotated, fallback);
    }
    if (ScalarBinder.isScalar(type)) {
      return scalar(node, type, isNullable(annotated));
    }
    if (node.isNull() && isNullable(annotated)) {
      return null;
    }
    return record(
        node, keyPlace, type, fallback == null ? RecordAssembly.declaredDefault(type) : fallback);
  }

  private @Nullable Object list(
      ConfigNode node, Class<?> type, AnnotatedType annotated, @Nullable Object fallback) {
    if (node.isNull()) {
      return fallback == null && !isNullable(annotated) ? List.of() : fallback;
    }
    if (!(node instanceof Sequence sequence)) {
      problems.error(node.place(), node.path(), "was " + node.kind() + " (expected: a list)");
      return FAILED;
    }
    AnnotatedType element = argument(annotated, 0);
    List<Object> items = new ArrayList<>();
    boolean complete = true;
    for (ConfigNode item : sequence.items()) {
      Object value = value(item, item.place(), element.getType(), element, null);
      if (value == FAILED) {
        complete = false;
      } else if (value != null) {
        items.add(value);
      }
    }
    if (!complete) {
      return FAILED;
    }
    return type == Set.class ? new LinkedHashSet<>(items) : items;
  }

  private @Nullable Object map(
      ConfigNode node, AnnotatedType annotated, @Nullable Object fallback) {
    if (node.isNull()) {
      return fallback == null && !isNullable(annotated) ? Map.of() : fallback;
    }
    if (!(node instanceof Mapping mapping)) {
      problems.error(node.place(), node.path(), "was " + node.kind() + " (expected: a mapping)");
      return FAILED;
    }
    AnnotatedType element = argument(annotated, 1);
    Map<String, Object> values = new LinkedHashMap<>();
    boolean complete = true;
    for (Map.Entry<String, Entry> each : mapping.entries().entrySet()) {
      Entry entry = each.getValue();
      Object value = value(entry.value(), entry.keyPlace(), element.getType(), element, null);
      if (value == FAILED) {
        complete = false;
      } else if (value != null) {
        values.put(each.getKey(), value);
      }
    }
    return complete ? values : FAILED;
  }

  private @Nullable Object scalar(ConfigNode node, Class<?> type, boolean nullable) {
    String expected = " (expected: " + ScalarBinder.expected(type) + ")";
    if (!(node instanceof Scalar scalar)) {
      problems.error(node.place(), node.path(), "was " + node.kind() + expected);
      return FAILED;
    }
    String text = scalar.text();
    if (nullable && (text == null || text.isEmpty())) {
      return null;
    }
    if (text == null) {
      problems.error(node.place(), node.path(), "was empty" + expected);
      return FAILED;
    }
    try {
      return scalars.bind(scalar, text, type);
    } catch (IllegalArgumentException e) {
      problems.error(node.place(), node.path(), String.valueOf(e.getMessage()));
      return FAILED;
    }
  }

  private static boolean isBroken(ConfigNode node) {
    return node instanceof Scalar scalar && scalar.origin() == Origin.BROKEN;
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private static AnnotatedType argument(AnnotatedType type, int index) {
    return ((AnnotatedParameterizedType) type).getAnnotatedActualTypeArguments()[index];
  }

  /** A record's values, and whether each could be had. */
  private record Gathered(RecordAssembly assembly, boolean complete) {}
}
