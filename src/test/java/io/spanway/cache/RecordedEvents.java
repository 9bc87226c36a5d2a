// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.route.Operation;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what a cache tells. */
final class RecordedEvents implements CacheListener {
  private final List<String> events = new CopyOnWriteArrayList<>();

  List<String> all() {
    return events;
  }

  long count(String event) {
    return events.stream().filter(event::equals).count();
  }

  @Override
  public void hit(Operation operation, int bytes) {
    events.add("hit " + bytes);
  }

  @Override
  public void miss(Operation operation) {
    events.add("miss");
  }

  @Override
  public void coalesced(Operation operation) {
    events.add("coalesced");
  }

  @Override
  public void bypass(Operation operation, BypassReason reason) {
    events.add("bypass " + reason);
  }

  @Override
  public void stored(Operation operation, long bytes) {
    events.add("stored");
  }

  @Override
  public void removed(Operation operation, long bytes, Removal removal) {
    events.add("removed " + removal);
  }

  @Override
  public void shared(SharedRead outcome) {
    events.add("shared " + outcome);
  }

  @Override
  public void shared(SharedWrite outcome) {
    events.add("shared " + outcome);
  }

  @Override
  public void tooLarge(Operation operation) {
    events.add("too large");
  }
}
