// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What two configurations say differently. */
public final class ConfigDiff {
  /** Keys of what is made once, before the first configuration is in force. */
  private static final Set<String> AT_START = Set.of("server.transport", "server.threads");

  private ConfigDiff() {}

  /** Returns the keys that differ, in the order of the file; of lists and maps the key of all. */
  public static List<String> between(GatewayConfig from, GatewayConfig to) {
    List<String> keys = new ArrayList<>();
    compare("", from, to, keys);
    return keys;
  }

  /** Says whether a key takes effect only when the process starts. */
  public static boolean needsRestart(String key) {
    return AT_START.contains(key);
  }

  private static void compare(
      String path, @Nullable Object from, @Nullable Object to, List<String> keys) {
    if (Objects.equals(from, to)) {
      return;
    }
    if (from == null
        || to == null
        || !(from instanceof Record)
        || from.getClass() != to.getClass()
        || ScalarBinder.isScalar(from.getClass())) {
      keys.add(path);
      return;
    }
    RecordComponent[] components = from.getClass().getRecordComponents();
    int before = keys.size();
    for (RecordComponent component : components) {
      String key = path.isEmpty() ? component.getName() : path + "." + component.getName();
      compare(key, ConfigText.read(component, from), ConfigText.read(component, to), keys);
    }
    if (keys.size() == before) {
      // It compares itself by more than its components.
      keys.add(path);
    }
  }
}
