// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the tenants that a token names. */
final class TenantClaims {
  private TenantClaims() {}

  /**
   * Returns the tenants of a claim; null if there is none, or it holds anything but tenants.
   *
   * @param path the claim's name, which may have dots as {@code https://acme.example/tenant} has;
   *     where no claim has it, the names on the way to one inside of others
   */
  static @Nullable TenantId read(Map<String, ?> claims, String path) {
    Object value = claims.containsKey(path) ? claims.get(path) : inside(claims, path);
    List<String> tenants = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object each : list) {
        if (!(each instanceof String tenant)) {
          return null;
        }
        tenants.add(tenant);
      }
    } else if (value instanceof String tenant) {
      tenants.add(tenant);
    }
    if (tenants.isEmpty()) {
      return null;
    }
    try {
      return TenantId.parse(String.join("|", tenants));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable Object inside(Map<String, ?> claims, String path) {
    Object at = claims;
    int from = 0;
    while (from <= path.length()) {
      int dot = path.indexOf('.', from);
      int to = dot < 0 ? path.length() : dot;
      at = at instanceof Map<?, ?> map ? map.get(path.substring(from, to)) : null;
      from = to + 1;
    }
    return at;
  }
}
