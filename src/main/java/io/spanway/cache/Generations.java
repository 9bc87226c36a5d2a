// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.model.TenantId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which purges there have been, as the replicas tell each other: a random text for each tenant that
 * was ever purged and one, the epoch, for all. They are part of where an answer is kept, so that
 * what was asked for before a purge is out of reach after it, whenever it is written. Immutable.
 *
 * @param texts the texts by field. Fields are digests: no tenant leaves the process by name
 */
record Generations(Map<String, String> texts) {
  /** The field of the epoch. When Redis has lost it, all that it keeps is out of reach. */
  static final String EPOCH = "epoch";

  /** Beyond this many tenants it is cheaper to begin a new epoch. */
  static final int MOST = 4096;

  private static final int FIELD_BYTES = 16;
  private static final String NOBODY = "nobody";

  Generations {
    texts = Map.copyOf(texts);
  }

  /** Returns the fields that concern what a tenant sees, the epoch's left out. */
  static List<String> fieldsOf(@Nullable TenantId tenant) {
    if (tenant == null) {
      return List.of(NOBODY);
    }
    List<String> fields = new ArrayList<>();
    for (String id : tenant.ids()) {
      KeyDigest digest = new KeyDigest();
      digest.add("tenant");
      digest.add(id);
      byte[] bytes = Arrays.copyOf(digest.finish(), FIELD_BYTES);
      fields.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
    return fields;
  }

  /** Returns the digest under which an answer is kept. */
  byte[] place(CacheKey key, List<String> fields) {
    KeyDigest digest = new KeyDigest();
    digest.add(key.toString());
    digest.add(texts.getOrDefault(EPOCH, ""));
    digest.add(fields.size());
    for (String field : fields) {
      digest.add(texts.getOrDefault(field, ""));
    }
    return digest.finish();
  }

  boolean hasEpoch() {
    return texts.containsKey(EPOCH);
  }

  Generations with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(texts);
    all.putAll(more);
    return new Generations(all);
  }

  /** Returns the fields whose texts are not the same in {@code other}. */
  Set<String> differences(Generations other) {
    Set<String> different = new HashSet<>(texts.keySet());
    different.addAll(other.texts.keySet());
    different.removeIf(
        field -> texts.getOrDefault(field, "").equals(other.texts.getOrDefault(field, "")));
    return different;
  }
}
