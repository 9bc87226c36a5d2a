// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

import java.util.Map;

/**
 * Where a request goes.
 *
 * @param operation what it asks for
 * @param path the path as the client sent it (still encoded), without Spanway's own prefixes; what
 *     is forwarded
 * @param variables path variables, decoded once: {@code id}, {@code name}, {@code tag}. An encoded
 *     slash is a slash here, so they are values, never parts of a path
 */
public record RouteMatch(Operation operation, String path, Map<String, String> variables) {
  /** Copies the variables. */
  public RouteMatch {
    variables = Map.copyOf(variables);
  }

  /**
   * Says whether the request only reads.
   *
   * @param method the request's method, upper case
   * @see Operation#reads
   */
  public boolean reads(String method) {
    return operation.reads(method);
  }
}
