// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Documents that come with the program. */
final class Documents {
  private static final Map<String, byte[]> READ = new ConcurrentHashMap<>();

  private Documents() {}

  /** Returns a document's bytes, which must not be changed. */
  static byte[] read(String name) {
    return READ.computeIfAbsent(name, Documents::load);
  }

  private static byte[] load(String name) {
    try (InputStream in = Documents.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
