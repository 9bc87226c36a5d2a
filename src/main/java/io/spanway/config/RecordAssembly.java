// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.units.Secret;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values of one record, and the way from its constructor's refusal to the key that is to blame.
 *
 * <p>A constructor stops at its first complaint. So that the file's reader hears all of them, the
 * key to blame gets its default and the constructor is asked again.
 */
final class RecordAssembly {
  private final Class<?> type;
  private final @Nullable Object defaults;
  private final Mapping mapping;
  private final Place keyPlace;
  private final Problems problems;
  private final List<RecordComponent> components;
  private final @Nullable Object[] values;
  private final Map<String, Entry> given = new LinkedHashMap<>();
  private final Set<Integer> standIns = new HashSet<>();
  private boolean refused;

  RecordAssembly(
      Class<?> type,
      @Nullable Object defaults,
      Mapping mapping,
      Place keyPlace,
      Problems problems) {
    this.type = type;
    this.defaults = defaults;
    this.mapping = mapping;
    this.keyPlace = keyPlace;
    this.problems = problems;
    this.components = List.of(type.getRecordComponents());
    this.values = new @Nullable Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = defaultOf(components.get(i));
    }
  }

  /** Returns the constant {@code DEFAULT} of {@code type}, null if it has none. */
  static @Nullable Object declaredDefault(Class<?> type) {
    try {
      var field = type.getField("DEFAULT");
      return Modifier.isStatic(field.getModifiers()) && field.getType() == type
          ? field.get(null)
          : null;
    } catch (NoSuchFieldException e) {
      return null;
    } catch (IllegalAccessException e) {
      throw new LinkageError(type + ".DEFAULT is not accessible", e);
    }
  }

  List<RecordComponent> components() {
    return components;
  }

  @Nullable Object defaultOf(RecordComponent component) {
    if (defaults == null) {
      return null;
    }
    try {
      return component.getAccessor().invoke(defaults);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(component + " is not accessible", e);
    }
  }

  /** Sets a component; {@code entry} is where the file has it, null where it is a default. */
  void set(RecordComponent component, @Nullable Object value, @Nullable Entry entry) {
    values[components.indexOf(component)] = value;
    if (entry != null) {
      given.put(component.getName(), entry);
    }
  }

  /**
   * Notes that the file has a value for a component, which could not be had. Where the default is
   * that there is none, another one stands in for it, so that nobody hears that it is missing.
   */
  void fail(RecordComponent component) {
    int index = components.indexOf(component);
    if (values[index] == null && component.getType() == Secret.class) {
      values[index] = new Secret("x");
      standIns.add(index);
    } else if (values[index] == null && component.getType() == String.class) {
      values[index] = "x";
      standIns.add(index);
    }
  }

  /**
   * Returns the record, with defaults where its constructor refused what the file has; null if
   * those do not help. Each refusal is then among the problems.
   */
  @Nullable Object make() {
    while (true) {
      Outcome outcome = construct();
      if (outcome.message() == null) {
        return standIns.isEmpty() ? outcome.made() : withoutStandIns();
      }
      refused = true;
      int blamed = blame(outcome.message());
      if (standIns.contains(blamed)) {
        // It is not what the file says, so there is nothing to tell.
        return withoutStandIns();
      }
      report(blamed, outcome.message());
      if (blamed < 0 || defaults == null || !given.containsKey(name(blamed))) {
        return null;
      }
      values[blamed] = defaultOf(components.get(blamed));
      fail(components.get(blamed));
      given.remove(name(blamed));
    }
  }

  private @Nullable Object withoutStandIns() {
    standIns.forEach(index -> values[index] = null);
    standIns.clear();
    return construct().made();
  }

  /** Says whether the constructor refused anything. */
  boolean isRefused() {
    return refused;
  }

  private void report(int blamed, String message) {
    if (blamed < 0) {
      problems.error(keyPlace, mapping.path(), message);
      return;
    }
    String key = ConfigPaths.keyOf(message);
    boolean named = !key.isEmpty() && indexOf(key) == blamed;
    String inside = named ? key : name(blamed);
    problems.error(
        ConfigPaths.find(mapping, inside, keyPlace),
        Mapping.pathOf(mapping.path(), inside),
        named ? ConfigPaths.withoutKey(message) : message);
  }

  /** Returns the index of the component whose value is refused, -1 if that cannot be told. */
  private int blame(String message) {
    int named = indexOf(ConfigPaths.keyOf(message));
    if (named >= 0) {
      return named;
    }
    for (int i = 0; i < values.length && defaults != null; i++) {
      if (given.containsKey(name(i))) {
        Object kept = values[i];
        values[i] = defaultOf(components.get(i));
        Outcome without = construct();
        values[i] = kept;
        if (!message.equals(without.message())) {
          return i;
        }
      }
    }
    return -1;
  }

  /** Returns the component that {@code key} is or is inside of, -1 if there is none. */
  private int indexOf(String key) {
    for (int i = 0; i < values.length; i++) {
      String name = name(i);
      if (key.equals(name) || key.startsWith(name + ".") || key.startsWith(name + "[")) {
        return i;
      }
    }
    return -1;
  }

  private String name(int index) {
    return components.get(index).getName();
  }

  private Outcome construct() {
    try {
      Class<?>[] types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
      return new Outcome(type.getConstructor(types).newInstance(values), null);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        return new Outcome(null, String.valueOf(refused.getMessage()));
      }
      throw new LinkageError(type + " cannot be made", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type + " cannot be made", e);
    }
  }

  /** Either a record or what its constructor said. */
  private record Outcome(@Nullable Object made, @Nullable String message) {}
}
