// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import java.time.Duration;

/**
 * Limits of a listener's connections.
 *
 * @param maxHead bytes of a request line and of headers, together
 * @param headTimeout from the first byte of a head to its end
 * @param bodyTimeout the longest pause inside a request's body
 * @param idleTimeout the longest pause between requests
 * @param writeTimeout the longest time a client may take nothing of its answer
 */
public record ServerLimits(
    int maxHead,
    Duration headTimeout,
    Duration bodyTimeout,
    Duration idleTimeout,
    Duration writeTimeout) {}
