// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code SIGHUP}, by which daemons are told to read their configuration again. Java has no public
 * way to hear a signal; where the usual one is missing, the file is still looked at and {@code POST
 * /-/reload} works.
 */
final class HangUp {
  private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

  private HangUp() {}

  /** Has {@code task} run, on a thread of its own, each time the process gets the signal. */
  static void onSignal(Runnable task) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              HangUp.class.getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      task.run();
                      yield null;
                    }
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "reload";
                  });
      signals
          .getMethod("handle", signals, handlers)
          .invoke(null, signals.getConstructor(String.class).newInstance("HUP"), handler);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      LOG.debug("SIGHUP is not heard here", e);
    }
  }
}
