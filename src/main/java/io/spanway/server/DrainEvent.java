// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/**
 * Fired through the pipeline of every connection when its server drains. Idle connections close,
 * others end with their answer; a tunnel (see {@link ServerExchange#upgrade}) gets the event too,
 * also when it is made while the server drains, and has to end what it carries in its own way. It
 * may get the event more than once.
 */
public enum DrainEvent {
  /** The one event. */
  INSTANCE
}
