// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.time.Duration;

/**
 * How long an upstream may take.
 *
 * @param connect to accept a connection
 * @param firstByte from the request's end to the answer's head
 * @param read the longest pause inside an answer while Spanway is ready to read
 * @param idle how long an unused connection is kept
 */
public record UpstreamTimeouts(Duration connect, Duration firstByte, Duration read, Duration idle) {}
