// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.model.TenantId;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of somebody who proved who they are.
 *
 * @param name the user of a password file, the name before a token, or the claim of a JWT; {@code
 *     *} for everybody without a rule of their own
 * @param tenants in whose name upstreams are asked, joined by {@code |}; none for no tenant header
 * @param labelPolicies values of {@code X-Prom-Label-Policy}, each a header of its own
 * @param allow what they may do; reading alone when empty
 * @param rateClass the name of the limits that hold for them; {@code default} where there is none
 */
public record CallerRule(
    String name,
    List<String> tenants,
    List<String> labelPolicies,
    Set<Access> allow,
    @Nullable String rateClass) {
  /** The name that stands for everybody without a rule of their own. */
  static final String ANYBODY = "*";

  /**
   * Copies the collections and checks what goes into headers.
   *
   * @throws IllegalArgumentException if a text cannot stand where it is to go
   */
  public CallerRule {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name: was empty (expected: a name, or *)");
    }
    for (String tenant : tenants) {
      try {
        TenantId.parse(tenant);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("tenants: " + e.getMessage(), e);
      }
    }
    for (String policy : labelPolicies) {
      if (policy.isEmpty() || !policy.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "labelPolicies: was empty or with a character that no header may have"
                + " (expected: a text of ASCII)");
      }
    }
    tenants = List.copyOf(tenants);
    labelPolicies = List.copyOf(labelPolicies);
    allow = allow.isEmpty() ? Set.of(Access.READ) : Set.copyOf(allow);
  }

  /** Returns the value of {@code X-Scope-OrgID}, null for none. */
  @Nullable String tenantHeader() {
    return tenants.isEmpty() ? null : String.join("|", tenants);
  }
}
