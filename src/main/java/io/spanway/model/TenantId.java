// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The tenant of a request as Loki and Tempo understand {@code X-Scope-OrgID}: one ID, or several
 * joined by {@code |}. Two headers that name the same tenants make equal values.
 *
 * @param value the IDs, sorted, each once, without subtenants ({@code :suffix})
 */
public record TenantId(String value) {
  private static final int MAX_BYTES = 150;
  private static final String PUNCTUATION = "!-_.*'()";

  /** Requires the canonical form; {@link #parse} reads a header. */
  public TenantId {
    String canonical = canonical(value);
    if (!value.equals(canonical)) {
      throw new IllegalArgumentException(
          "tenant IDs are sorted and distinct, not \"" + value + "\"");
    }
  }

  /**
   * Reads the value of {@code X-Scope-OrgID}.
   *
   * @throws IllegalArgumentException if an ID is empty, longer than 150 bytes, {@code .} or {@code
   *     ..}, or has a character that Loki refuses (dskit's ValidTenantID); the message is fit for a
   *     client
   */
  public static TenantId parse(String header) {
    return new TenantId(canonical(header));
  }

  /** The single IDs, sorted. */
  public List<String> ids() {
    return split(value);
  }

  @Override
  public String toString() {
    return value;
  }

  private static String canonical(String header) {
    var ids = new TreeSet<String>();
    for (String part : split(header)) {
      int colon = part.indexOf(':');
      String id = colon < 0 ? part : part.substring(0, colon);
      requireValid(id);
      ids.add(id);
    }
    return String.join("|", ids);
  }

  private static void requireValid(String id) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("a tenant ID is empty");
    }
    if (id.length() > MAX_BYTES) {
      throw new IllegalArgumentException("a tenant ID is longer than " + MAX_BYTES + " bytes");
    }
    if (id.equals(".") || id.equals("..")) {
      throw new IllegalArgumentException("a tenant ID is \"" + id + "\"");
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      if (!letter && !digit && PUNCTUATION.indexOf(c) < 0) {
        throw new IllegalArgumentException(
            "a tenant ID has a character that is not allowed at " + (i + 1));
      }
    }
  }

  private static List<String> split(String text) {
    var parts = new ArrayList<String>();
    int from = 0;
    for (int bar = text.indexOf('|'); bar >= 0; bar = text.indexOf('|', from)) {
      parts.add(text.substring(from, bar));
      from = bar + 1;
    }
    parts.add(text.substring(from));
    return parts;
  }
}
