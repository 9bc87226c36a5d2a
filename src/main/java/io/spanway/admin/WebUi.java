// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import io.spanway.config.UiConfig;
import io.spanway.server.RequestHandler;
import java.util.function.Supplier;

/**
 * What the web page needs.
 *
 * @param config who may use it
 * @param data answers as the data listener does, with its checks, limits and counts
 * @param status cache, upstreams and rewrites at a glance, as JSON
 */
public record WebUi(UiConfig config, RequestHandler data, Supplier<String> status) {}
