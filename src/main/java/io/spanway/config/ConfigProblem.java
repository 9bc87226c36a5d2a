// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

/**
 * Something to say about a configuration file.
 *
 * @param severity whether the file can be used all the same
 * @param file the file's name as it was given
 * @param line from 1; 0 where the problem is the whole file
 * @param column from 1; 0 where the problem is the whole file
 * @param key the key with those around it, such as {@code server.listen} or {@code
 *     derivedFields[1].url}; empty where the problem is none of a key
 * @param message what was found and what is expected
 */
public record ConfigProblem(
    Severity severity, String file, int line, int column, String key, String message) {

  /** Returns {@code file:line:column key: message}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line).append(':').append(column);
    }
    if (key.isEmpty()) {
      text.append(':');
    } else {
      text.append(' ').append(key).append(':');
    }
    return text.append(' ').append(message).toString();
  }

  /** Whether a file can be used. */
  public enum Severity {
    /** It cannot. */
    ERROR,
    /** It can, but probably does not do what was meant. */
    WARNING,
    /** It can, and this is worth knowing. */
    INFO
  }
}
