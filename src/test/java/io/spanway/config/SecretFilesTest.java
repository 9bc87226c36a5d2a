// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.units.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecretFilesTest {
  @TempDir Path directory = Path.of("");

  @Test
  void file_isReadWithoutItsLastLineEnd() throws IOException {
    Files.writeString(directory.resolve("a"), "x y\n");
    Files.writeString(directory.resolve("b"), "x y\r\n");
    Files.writeString(directory.resolve("c"), "x y");
    Files.writeString(directory.resolve("d"), " x y \n\n");
    SecretFiles files = new SecretFiles(directory);

    assertThat(files.read("file:a")).isEqualTo(new Secret("x y"));
    assertThat(files.read("file:b")).isEqualTo(new Secret("x y"));
    assertThat(files.read("file:c")).isEqualTo(new Secret("x y"));
    assertThat(files.read("file:d")).isEqualTo(new Secret(" x y \n"));
  }

  @Test
  void absoluteName_isReadInBothSpellings() throws IOException {
    Path file = Files.writeString(directory.resolve("a"), "x");
    SecretFiles elsewhere = new SecretFiles(Path.of("no-such-directory"));

    assertThat(elsewhere.read("file:" + file)).isEqualTo(new Secret("x"));
    assertThat(elsewhere.read("file://" + file)).isEqualTo(new Secret("x"));
  }

  @Test
  void fileWithoutASecret_isRefused() throws IOException {
    Files.writeString(directory.resolve("empty"), "\n");
    Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff});
    Files.write(directory.resolve("large"), new byte[64 * 1024 + 1]);

    assertRefused("file:empty", "an empty file");
    assertRefused("file:binary", "which is not UTF-8");
    assertRefused("file:large", "a file above 64KiB");
    assertRefused("file:missing", "which is not there");
    assertRefused("file:", "which cannot be read");
  }

  private void assertRefused(String reference, String reason) {
    assertThatThrownBy(() -> new SecretFiles(directory).read(reference))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was \"%s\", %s (expected: a file with a secret)", reference, reason);
  }
}
