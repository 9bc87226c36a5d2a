// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.TraceContext;
import io.spanway.route.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request, told when it is over.
 *
 * @param operation what was asked for
 * @param method the request's method
 * @param path its path, as it came, without the query
 * @param status the status that the client got, or would have got; 499 when it left before. For
 *     gRPC the one that stands for the call's own status, since the head's is always 200
 * @param flag the {@code ProxyError} flag, null when all went well
 * @param cache the outcome at the cache as {@code X-Spanway-Cache} says it, null when it was not
 *     asked
 * @param rewriteRule the rule that changed the query, null when none did
 * @param rewriteOutcome what came of it: {@code found}, {@code empty}, {@code failed}; null without
 *     a rule
 * @param trace the trace that the request belongs to, and the span that stands for it there:
 *     Spanway's own where it is recorded, else the caller's or one that was made up
 * @param tenant the caller's tenant header, null when there was none
 * @param client the client's address, without its port
 * @param bytes bytes of the answer's body as written
 * @param totalNanos from the request's head to the answer's end
 * @param upstreamNanos the time until the head of the last upstream answer that was waited for, 0
 *     when none was
 * @param upstreamRequests how many requests were made for it
 * @param detail one line saying what went wrong, null when nothing did
 */
public record ExchangeSummary(
    Operation operation,
    String method,
    String path,
    int status,
    @Nullable String flag,
    @Nullable String cache,
    @Nullable String rewriteRule,
    @Nullable String rewriteOutcome,
    TraceContext trace,
    @Nullable String tenant,
    String client,
    long bytes,
    long totalNanos,
    long upstreamNanos,
    int upstreamRequests,
    @Nullable String detail) {}
