// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/** What the handlers of one client's connection share. */
record Frontend(
    GatewayServer server,
    RequestHandler handler,
    ServerLimits limits,
    ServerListener listener,
    ClientConnection client) {}
