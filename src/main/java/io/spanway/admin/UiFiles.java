// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of the page, each read from the jar when somebody asks for it first. There are no
 * others. Thread-safe.
 */
final class UiFiles {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final String SVG = "image/svg+xml";

  private static final List<String> NAMES =
      List.of(
          "index.html",
          "style.css",
          "icon.svg",
          "app.js",
          "api.js",
          "detail.js",
          "dom.js",
          "explain.js",
          "gateway.js",
          "lines.js",
          "matrix.js",
          "trace.js",
          "waterfall.js");

  /**
   * A file.
   *
   * @param etag an entity tag that changes with the content (RFC 9110 section 8.8.3)
   * @param content its bytes, which must not be changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record File(String type, String etag, byte[] content) {}

  private static final String ROOT = "/ui/";

  private final Map<String, File> read = new ConcurrentHashMap<>();

  /** Returns the file at a path, decoded once; null when there is none. */
  @Nullable File at(String path) {
    if (!path.startsWith(ROOT)) {
      return null;
    }
    String name = path.equals(ROOT) ? "index.html" : path.substring(ROOT.length());
    return NAMES.contains(name) ? read.computeIfAbsent(name, UiFiles::load) : null;
  }

  private static File load(String name) {
    byte[] content = read(name);
    return new File(type(name), etag(content), content);
  }

  private static String type(String name) {
    return switch (name.substring(name.indexOf('.') + 1)) {
      case "html" -> HTML;
      case "css" -> CSS;
      case "svg" -> SVG;
      default -> SCRIPT;
    };
  }

  private static byte[] read(String name) {
    try (InputStream in = UiFiles.class.getResourceAsStream("ui/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String etag(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return '"' + HexFormat.of().formatHex(Arrays.copyOf(digest, 12)) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
