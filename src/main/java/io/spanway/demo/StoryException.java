// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

/** A step of the story did not find what it should; the message says what. */
final class StoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoryException(String message) {
    super(message, null, false, false);
  }

  /** Fails the step unless {@code holds}. */
  static void check(boolean holds, String failure) {
    if (!holds) {
      throw new StoryException(failure);
    }
  }
}
