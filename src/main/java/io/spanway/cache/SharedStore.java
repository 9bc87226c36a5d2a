// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Where replicas keep what they share. Nothing waits: what cannot be had now fails. Stages are
 * completed on a thread of the store's own, in the order of what was asked of the generations.
 */
interface SharedStore extends AutoCloseable {
  /**
   * What is kept at a place.
   *
   * @param value the bytes, of a value that is too long one more than the most; empty for nothing
   * @param leftMs for how many milliseconds the store will keep it; negative for none or for ever
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Found(byte[] value, long leftMs) {}

  /** Connects unless that is done or under way. */
  CompletionStage<Void> connect();

  CompletionStage<Found> find(String key);

  CompletionStage<Void> put(String key, byte[] value, Duration kept);

  /** Reads the generations; begins an epoch where there is none. */
  CompletionStage<Generations> generations();

  /** Writes generations. */
  CompletionStage<Void> renew(Map<String, String> texts);

  /** Forgets all generations and begins with others. */
  CompletionStage<Void> restart(Map<String, String> texts);

  /**
   * Gives up the connections, which seem to lead nowhere; the next {@link #connect} makes others.
   */
  void disconnect();

  /** Runs a task every {@code period}, on a thread of the store's own. */
  void every(Duration period, Runnable task);

  @Override
  void close();
}
