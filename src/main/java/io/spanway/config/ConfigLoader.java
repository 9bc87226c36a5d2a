// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file: YAML 1.2 in UTF-8, at most 1 MiB, one document. A key that is not
 * known is an error; one that is left out has its default.
 */
public final class ConfigLoader {
  private static final int MAX_BYTES = 1 << 20;

  private ConfigLoader() {}

  /**
   * Reads {@code file}. Variables in it are looked up in {@code environment}; secrets in files with
   * relative names are looked for beside {@code file}.
   *
   * @throws ConfigException if it cannot be used, with all its problems
   */
  public static LoadedConfig load(Path file, Map<String, String> environment)
      throws ConfigException {
    Problems problems = new Problems(file.toString());
    byte[] bytes = bytes(file, problems);
    if (bytes == null) {
      throw new ConfigException(problems.inOrder());
    }
    Path directory = file.toAbsolutePath().getParent();
    return parse(
        bytes, environment, new SecretFiles(directory == null ? file : directory), problems);
  }

  /** Reads {@code bytes} as if they were a file's. */
  static LoadedConfig parse(
      byte[] bytes, Map<String, String> environment, SecretFiles secretFiles, Problems problems)
      throws ConfigException {
    ConfigNode root = tree(bytes, problems);
    GatewayConfig config = GatewayConfig.DEFAULT;
    if (root != null) {
      config = bind(root, environment, secretFiles, problems);
    } else if (!problems.hasErrors()) {
      problems.info(Place.START, "", "is empty; every key has its default");
    }
    if (problems.hasErrors()) {
      throw new ConfigException(problems.inOrder());
    }
    return new LoadedConfig(config, problems.inOrder());
  }

  /** Reads a file that is not a configuration; null if it is empty or among the problems. */
  static @Nullable ConfigNode tree(Path file, Problems problems) {
    byte[] bytes = bytes(file, problems);
    return bytes == null ? null : tree(bytes, problems);
  }

  private static @Nullable ConfigNode tree(byte[] bytes, Problems problems) {
    String text = text(bytes, problems);
    return text == null ? null : YamlReader.read(text, problems);
  }

  private static GatewayConfig bind(
      ConfigNode root,
      Map<String, String> environment,
      SecretFiles secretFiles,
      Problems problems) {
    GrafanaKeys grafanaKeys = new GrafanaKeys(problems);
    ConfigNode substituted = new EnvironmentSubstitution(environment, problems).apply(root);
    ConfigNode converted = OverrideMerge.apply(grafanaKeys.convert(substituted));
    GatewayConfig config =
        new RecordBinder(problems, new ScalarBinder(secretFiles), grafanaKeys)
            .bind(converted, GatewayConfig.DEFAULT);
    new SemanticChecks(converted, problems).check(config);
    return config;
  }

  private static byte @Nullable [] bytes(Path file, Problems problems) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return bytes;
      }
      problems.fileError("was larger than 1MiB (expected: a configuration file)");
    } catch (NoSuchFileException e) {
      problems.fileError("is not there (expected: a configuration file)");
    } catch (IOException e) {
      problems.fileError("cannot be read: " + e.getMessage() + " (expected: a configuration file)");
    }
    return null;
  }

  /** Returns what YAML can read; null if it is not text, which is then among the problems. */
  private static @Nullable String text(byte[] bytes, Problems problems) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      problems.fileError(
          "was not UTF-8 from byte " + in.position() + " on (expected: a YAML file)");
      return null;
    }
    String text = out.flip().toString();
    if (text.startsWith("\ufeff")) {
      text = text.substring(1);
    }
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t') {
        problems.error(
            new Place(line, column),
            "",
            String.format(
                Locale.ROOT, "was the character U+%04X (expected: a YAML file)", (int) c));
        return null;
      }
      column = c == '\n' ? 1 : column + 1;
      line += c == '\n' ? 1 : 0;
    }
    return text;
  }
}
