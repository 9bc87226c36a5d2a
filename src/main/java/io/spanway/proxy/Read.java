// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.route.RouteMatch;
import java.util.function.Supplier;

/**
 * A question to an upstream that the cache may answer.
 *
 * @param match what is asked for
 * @param head the request's head, the client's or one of Spanway's own: what the key is made of
 * @param parameters the parameters as the upstream reads them
 * @param target what is sent upstream: path and query
 * @param form the form that is sent as body; empty for none
 * @param headers makes the headers that are sent upstream, if any are: new ones each time
 * @param streams whether an answer may be passed on while it comes
 * @param maxBytes bytes up to which an answer that does not stream is collected
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Read(
    RouteMatch match,
    RequestHead head,
    QueryParameters parameters,
    String target,
    byte[] form,
    Supplier<HttpHeaders> headers,
    boolean streams,
    long maxBytes) {}
