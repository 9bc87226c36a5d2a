// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

/**
 * What the cache holds at a moment.
 *
 * @param entries answers in the store; those that just expired may still be counted
 * @param bytes bytes they take, overhead included
 * @param maxBytes the most they may take
 * @param fetches answers being fetched
 * @param fetchedBytes bytes of those collected so far
 */
public record CacheStats(long entries, long bytes, long maxBytes, int fetches, long fetchedBytes) {}
