// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.awaitility.Awaitility.await;

import io.netty.util.LeakPresenceDetector;
import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves a buffer unreleased. Registered for every test class, as a
 * service.
 *
 * <p>Netty counts the buffers of the whole JVM, so test classes must not run at the same time. A
 * buffer that is meant to live for ever has to be made inside {@link
 * LeakPresenceDetector#staticInitializer}.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  static {
    // The build says so on the command line, an IDE does not; Netty reads it with its first buffer.
    if (System.getProperty("io.netty.customResourceLeakDetector") == null) {
      System.setProperty(
          "io.netty.customResourceLeakDetector", LeakPresenceDetector.class.getName());
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (isOutermost(context)) {
      forget();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (isOutermost(context)) {
      check(PATIENCE);
    }
  }

  /** Waits until all buffers are released: channels that close may need a moment for theirs. */
  static void check(Duration patience) {
    // Netty's own check starts the count anew, so it cannot be what is asked again and again.
    if (!Count.GLOBAL.anyHeld()) {
      return;
    }
    try {
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .atMost(patience)
          .until(() -> !Count.GLOBAL.anyHeld());
    } catch (ConditionTimeoutException stillHeld) {
      AssertionError failure =
          new AssertionError(
              "a buffer was not released within "
                  + patience
                  + " of the last test (-Dtest.leaks.stacks=true shows where it was made)",
              takeCount());
      failure.addSuppressed(stillHeld);
      throw failure;
    }
  }

  /** Starts the count anew, so that a leak is held against the class that made it and no other. */
  static void forget() {
    takeCount();
  }

  /** Returns what Netty has to say about the count, null if it is zero, and starts it anew. */
  private static IllegalStateException takeCount() {
    try {
      LeakPresenceDetector.check();
      return null;
    } catch (IllegalStateException notZero) {
      return notZero;
    }
  }

  /**
   * A nested class may use what the class around it has open. A parameterised class is its own
   * parent, once for each argument.
   */
  private static boolean isOutermost(ExtensionContext context) {
    return context
        .getParent()
        .flatMap(ExtensionContext::getTestClass)
        .filter(around -> around != context.getRequiredTestClass())
        .isEmpty();
  }

  /** Looks at the count without changing it. */
  private static final class Count extends LeakPresenceDetector<Object> {
    static final Count GLOBAL = new Count();

    private Count() {
      super(Object.class);
    }

    boolean anyHeld() {
      return currentScope().hasOpenResources();
    }
  }
}
