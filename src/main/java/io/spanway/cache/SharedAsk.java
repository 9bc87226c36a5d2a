// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** A look into the level that replicas share, before a fetch that others may have joined. */
public final class SharedAsk {
  /** Looks and tells what is to be done. */
  @FunctionalInterface
  interface Looking {
    void look(Consumer<Lookup> then);
  }

  private final Looking looking;

  SharedAsk(Looking looking) {
    this.looking = looking;
  }

  /**
   * Looks; called once.
   *
   * @param loop where {@code then} is called
   * @param then is given a {@link Lookup.Hit}, or a {@link Lookup.Lead} as if nothing had been
   *     looked for
   */
  public void start(Executor loop, Consumer<Lookup> then) {
    looking.look(found -> loop.execute(() -> then.accept(found)));
  }
}
