// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.http.RequestHead;
import io.spanway.identity.AuthConfig.CallerRule;
import io.spanway.identity.AuthConfig.Method;
import io.spanway.model.TenantId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What holds for those who proved who they are. Immutable. */
final class CallerRules {
  /**
   * What one may.
   *
   * @param tenants the single tenants of {@code rule}, without subtenants
   */
  private record Entry(CallerRule rule, Set<String> tenants) {}

  private final IdentityConfig config;
  private final Map<String, Entry> entries = new HashMap<>();

  CallerRules(IdentityConfig config) {
    this.config = config;
    AuthConfig auth = config.auth();
    for (CallerRule rule : auth.callers()) {
      String key = auth.method() == Method.MTLS ? auth.mtls().key(rule.name()) : rule.name();
      entries.put(key, entry(rule));
    }
    if (auth.callers().isEmpty()) {
      // Only where tokens say their tenant: whoever has one may read as that.
      entries.put(
          CallerRule.ANYBODY,
          entry(new CallerRule(CallerRule.ANYBODY, List.of(), List.of(), Set.of(), null)));
    }
  }

  private static Entry entry(CallerRule rule) {
    String header = rule.tenantHeader();
    return new Entry(rule, header == null ? Set.of() : new HashSet<>(TenantId.parse(header).ids()));
  }

  /** Says whether a name has a rule of its own. */
  boolean names(String name) {
    return entries.containsKey(name);
  }

  /** Lets somebody in, or not, who proved who they are. */
  Verdict judge(RequestHead head, Proof.Of proof) {
    Entry entry = entries.get(proof.name());
    if (entry == null) {
      entry = entries.get(CallerRule.ANYBODY);
    }
    if (entry == null) {
      return new Verdict.Refused(Refusal.UNMAPPED, 0);
    }
    if (!mayChoose(entry, proof.tenants())) {
      return new Verdict.Refused(Refusal.FOREIGN_TENANT, 0);
    }
    return new Verdict.Admitted(Caller.verified(head, config, proof, entry.rule()));
  }

  private static boolean mayChoose(Entry entry, @Nullable TenantId chosen) {
    return chosen == null || entry.tenants().isEmpty() || entry.tenants().containsAll(chosen.ids());
  }
}
