// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.RequestHead;
import io.spanway.identity.AuthConfig.CallerRule;
import io.spanway.model.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who asks: tenant, credentials and label policy of one request. What it holds is copied, so a
 * caller outlives the request's head. Immutable; its text shows no credential.
 *
 * <p>Two callers with the same {@link #fingerprint} may be given the same answer: their tenants are
 * the same set, their label policies are the same set ({@code X-Prom-Label-Policy}; Loki mixes it
 * into its own cache key, grafana/loki#21266) and their credentials are the same bytes.
 */
public final class Caller {
  /** The rate class of callers to whom no rule gives one. */
  public static final String DEFAULT_CLASS = "default";

  /** Headers that always carry identity, lower case. */
  static final List<String> ALWAYS =
      List.of("x-scope-orgid", "authorization", "cookie", "x-id-token", "x-prom-label-policy");

  private static final String TENANT = "x-scope-orgid";
  private static final String LABEL_POLICY = "x-prom-label-policy";

  /** Of these a second line means that nobody knows which one an upstream believes. */
  private static final List<String> SINGLE = List.of(TENANT, "authorization", "x-id-token");

  private static final Caller UNKNOWN =
      new Caller(Map.of(), null, "nobody has proved who they are", null, null);

  /** Names in a fixed order, each with its values as they came; empty where there are none. */
  private final Map<String, List<String>> headers;

  private final @Nullable TenantId tenant;
  private final @Nullable String unclear;
  private final @Nullable String name;
  private final @Nullable CallerRule rule;
  private volatile byte @Nullable [] fingerprint;

  private Caller(
      Map<String, List<String>> headers,
      @Nullable TenantId tenant,
      @Nullable String unclear,
      @Nullable String name,
      @Nullable CallerRule rule) {
    this.headers = headers;
    this.tenant = tenant;
    this.unclear = unclear;
    this.name = name;
    this.rule = rule;
  }

  /** Returns the caller of requests without a word of who asks. */
  public static Caller anonymous(IdentityConfig config) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    ALWAYS.forEach(name -> headers.put(name, List.of()));
    config.headers().forEach(name -> headers.putIfAbsent(name, List.of()));
    return new Caller(headers, null, null, null, null);
  }

  /** Says whether a request has any of the headers that tell who asks. */
  public boolean isNamedIn(RequestHead head) {
    for (String name : headers.keySet()) {
      if (head.hasHeader(name)) {
        return true;
      }
    }
    return false;
  }

  /** Reads the caller from a request, which may be unclear but never fails. */
  public static Caller of(RequestHead head, IdentityConfig config) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String name : ALWAYS) {
      headers.put(name, List.copyOf(head.headerValues(name)));
    }
    for (String name : config.headers()) {
      headers.putIfAbsent(name, List.copyOf(head.headerValues(name)));
    }
    String unclear = null;
    for (String name : SINGLE) {
      if (values(headers, name).size() > 1) {
        unclear = "more than one " + name + " header";
      }
    }
    TenantId tenant = null;
    List<String> tenants = values(headers, TENANT);
    if (tenants.size() == 1) {
      try {
        tenant = TenantId.parse(tenants.get(0));
      } catch (IllegalArgumentException e) {
        unclear = e.getMessage();
      }
    }
    return new Caller(headers, tenant, unclear, null, null);
  }

  /** Returns a caller of whom nothing is known, nor believed. */
  public static Caller unknown() {
    return UNKNOWN;
  }

  /**
   * Returns a caller who proved who they are. Tenant and label policy are the rule's, or the
   * proof's, whatever the request says; the proof itself is left out unless it is to be forwarded.
   */
  static Caller verified(RequestHead head, IdentityConfig config, Proof.Of proof, CallerRule rule) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    for (String header : ALWAYS) {
      headers.put(header, List.copyOf(head.headerValues(header)));
    }
    for (String header : config.headers()) {
      headers.putIfAbsent(header, List.copyOf(head.headerValues(header)));
    }
    TenantId chosen = proof.tenants();
    String tenants = chosen == null ? rule.tenantHeader() : chosen.value();
    headers.put(TENANT, tenants == null ? List.of() : List.of(tenants));
    headers.put(LABEL_POLICY, rule.labelPolicies());
    if (!config.auth().forwardCredentials()) {
      headers.put("authorization", List.of());
    }
    String unclear =
        values(headers, "x-id-token").size() > 1 ? "more than one x-id-token header" : null;
    return new Caller(
        headers, tenants == null ? null : TenantId.parse(tenants), unclear, proof.name(), rule);
  }

  /** Returns who the caller proved to be; null where Spanway asks for no proof. */
  public @Nullable String name() {
    return name;
  }

  /** Returns the name of the limits that hold for the caller, {@code default} where none is set. */
  public String rateClass() {
    CallerRule known = rule;
    String named = known == null ? null : known.rateClass();
    return named == null ? DEFAULT_CLASS : named;
  }

  /** Says whether the caller may do something. Where Spanway asks for no proof, others judge. */
  public boolean may(Access access) {
    CallerRule known = rule;
    return known == null ? this != UNKNOWN : known.allow().contains(access);
  }

  /** Returns the tenant; null when none was sent or it is not readable. */
  public @Nullable TenantId tenant() {
    return tenant;
  }

  /**
   * Says whether it is certain who asks. When it is not (two tenant lines, a tenant that Loki
   * refuses, two credentials) the request is relayed for the upstream to judge and nothing about it
   * is cached or shared.
   */
  public boolean isClear() {
    return unclear == null;
  }

  /** Says whether nothing at all tells who asks. */
  public boolean isAnonymous() {
    for (List<String> values : headers.values()) {
      if (!values.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Returns why {@link #isClear} is false, fit for a log; null when it is true. */
  public @Nullable String unclearReason() {
    return unclear;
  }

  /**
   * Puts the caller's identity on a request that Spanway makes on the caller's behalf, in place of
   * any that is there. Headers that the caller did not send are removed.
   */
  public void applyTo(HttpHeaders to) {
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      to.remove(header.getKey());
      if (!header.getValue().isEmpty()) {
        to.add(header.getKey(), header.getValue());
      }
    }
  }

  /**
   * Returns a SHA-256 over all that tells callers apart, a fresh array. It holds no credential in
   * readable form.
   */
  public byte[] fingerprint() {
    byte[] made = fingerprint;
    if (made == null) {
      // Whoever comes first makes it; two who do so at once make the same.
      made = digest(headers);
      fingerprint = made;
    }
    return made.clone();
  }

  @Override
  public String toString() {
    return "caller of tenant " + (tenant == null ? "-" : tenant.value());
  }

  private static List<String> values(Map<String, List<String>> headers, String name) {
    return headers.getOrDefault(name, List.of());
  }

  private static byte[] digest(Map<String, List<String>> headers) {
    MessageDigest digest = Digests.sha256();
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      Collection<String> values = header.getValue();
      if (header.getKey().equals(TENANT) && values.size() == 1) {
        // Subtenants (a:x) stay in: Loki drops them, a proxy before it may not.
        values = new TreeSet<>(List.of(values.iterator().next().split("\\|", -1)));
      } else if (header.getKey().equals(LABEL_POLICY)) {
        values = new TreeSet<>(values);
      }
      add(digest, header.getKey());
      addCount(digest, values.size());
      for (String value : values) {
        add(digest, value);
      }
    }
    return digest.digest();
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    addCount(digest, bytes.length);
    digest.update(bytes);
  }

  private static void addCount(MessageDigest digest, int count) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      digest.update((byte) (count >>> shift));
    }
  }
}
