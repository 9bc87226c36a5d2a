// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A store that replicas of a test share; it is as slow and as broken as the test wants. */
final class MemoryStore implements SharedStore {
  final Map<String, byte[]> values = new HashMap<>();
  final Map<String, Duration> kept = new HashMap<>();
  private final Map<String, String> generations = new HashMap<>();
  private final List<Runnable> looks = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  boolean broken;
  boolean slow;
  int finds;
  int disconnects;

  /** How long ago everything was put there. */
  Duration passed = Duration.ZERO;

  /** Has every replica look for purges. */
  void look() {
    looks.forEach(Runnable::run);
  }

  /** Answers what was asked while it was slow. */
  void catchUp() {
    slow = false;
    List<Runnable> now = new ArrayList<>(held);
    held.clear();
    now.forEach(Runnable::run);
  }

  private <T> CompletionStage<T> answer(T with) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (broken) {
      answer.completeExceptionally(new IllegalStateException("broken"));
    } else if (slow) {
      held.add(() -> answer.complete(with));
    } else {
      answer.complete(with);
    }
    return answer;
  }

  @Override
  public CompletionStage<Void> connect() {
    return answer(null);
  }

  @Override
  public void disconnect() {
    disconnects++;
  }

  @Override
  public CompletionStage<Found> find(String key) {
    finds++;
    byte[] value = values.getOrDefault(key, new byte[0]);
    Duration left = kept.getOrDefault(key, Duration.ofMillis(-2)).minus(passed);
    return answer(new Found(value, left.toMillis()));
  }

  @Override
  public CompletionStage<Void> put(String key, byte[] value, Duration forTime) {
    if (!broken) {
      values.put(key, value);
      kept.put(key, forTime);
    }
    return answer(null);
  }

  @Override
  public CompletionStage<Generations> generations() {
    generations.putIfAbsent(Generations.EPOCH, "first");
    return answer(new Generations(generations));
  }

  @Override
  public CompletionStage<Void> renew(Map<String, String> texts) {
    if (!broken) {
      generations.putAll(texts);
    }
    return answer(null);
  }

  @Override
  public CompletionStage<Void> restart(Map<String, String> texts) {
    generations.clear();
    generations.putAll(texts);
    return answer(null);
  }

  @Override
  public void every(Duration period, Runnable task) {
    looks.add(task);
    task.run();
  }

  @Override
  public void close() {}
}
