// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.model.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes each tenant holds. While the store has room nobody is limited. Once it is full and
 * tenants share it, room is made first by those above their share, oldest answers first, down to
 * that share; only then does the store choose among all. So a tenant that asks for ten thousand
 * different things cannot push the others out, and one that is alone may use everything. Callers
 * without a tenant count as one.
 *
 * <p>Sums are kept in the map's atomic steps, which call nothing outside; what they find to evict
 * is evicted afterwards.
 */
final class TenantShares {
  private final long max;
  private final long share;
  private final Map<String, Holding> holdings = new ConcurrentHashMap<>();
  private final AtomicLong total = new AtomicLong();

  TenantShares(long max, int percent) {
    this.max = max;
    this.share = (long) (max * (percent / 100.0));
  }

  long total() {
    return total.get();
  }

  void add(StoredAnswer answer) {
    long size = answer.size();
    holdings.compute(
        tenant(answer),
        (tenant, present) -> {
          Holding holding = present == null ? new Holding() : present;
          holding.add(answer, size);
          return holding;
        });
    total.addAndGet(size);
  }

  /** Forgets an answer; harmless when it is not known (any more). */
  void remove(StoredAnswer answer) {
    holdings.computeIfPresent(
        tenant(answer),
        (tenant, holding) -> {
          total.addAndGet(-holding.remove(answer));
          return holding.answers.isEmpty() ? null : holding;
        });
  }

  /** Notes that an answer has grown; returns whether it is known (still). */
  boolean resize(StoredAnswer answer, long size) {
    boolean[] known = {false};
    holdings.computeIfPresent(
        tenant(answer),
        (tenant, holding) -> {
          Long before = holding.answers.get(answer);
          if (before != null) {
            holding.add(answer, size);
            total.addAndGet(size - before);
            known[0] = true;
          }
          return holding;
        });
    return known[0];
  }

  /**
   * Returns the answers that must leave before {@code newcomer} is stored, already taken off the
   * sums; none while there is room or when no tenant but one holds anything.
   */
  List<StoredAnswer> makeRoom(StoredAnswer newcomer) {
    String newcomerTenant = tenant(newcomer);
    long size = newcomer.size();
    long needed = total.get() + size - max;
    if (needed <= 0) {
      return List.of();
    }
    List<StoredAnswer> leaving = new ArrayList<>();
    for (String tenant : holdings.keySet()) {
      long adding = tenant.equals(newcomerTenant) ? size : 0;
      boolean alone = holdings.size() == 1 && adding > 0;
      long stillNeeded = needed;
      if (alone || stillNeeded <= 0) {
        continue;
      }
      long[] freed = {0};
      holdings.computeIfPresent(
          tenant,
          (same, holding) -> {
            freed[0] = holding.shrink(stillNeeded, share - adding, leaving);
            return holding.answers.isEmpty() ? null : holding;
          });
      total.addAndGet(-freed[0]);
      needed -= freed[0];
    }
    return leaving;
  }

  private static String tenant(StoredAnswer answer) {
    TenantId tenant = answer.key().tenant();
    return tenant == null ? "" : tenant.value();
  }

  /** What one tenant holds, oldest first. */
  private static final class Holding {
    private final Map<StoredAnswer, Long> answers = new LinkedHashMap<>();
    private long bytes;

    void add(StoredAnswer answer, long size) {
      Long before = answers.put(answer, size);
      bytes += size - (before == null ? 0 : before);
    }

    long remove(StoredAnswer answer) {
      Long size = answers.remove(answer);
      if (size == null) {
        return 0;
      }
      bytes -= size;
      return size;
    }

    /** Lets the oldest go until {@code needed} is freed or no more than {@code floor} is left. */
    long shrink(long needed, long floor, List<StoredAnswer> leaving) {
      long freed = 0;
      var oldest = answers.entrySet().iterator();
      while (freed < needed && bytes > floor && oldest.hasNext()) {
        Map.Entry<StoredAnswer, Long> entry = oldest.next();
        freed += entry.getValue();
        bytes -= entry.getValue();
        leaving.add(entry.getKey());
        oldest.remove();
      }
      return freed;
    }
  }
}
