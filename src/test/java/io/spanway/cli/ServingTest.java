// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServingTest {
  @TempDir private Path directory;

  private static String[] words(String line) {
    // A trailing blank is an empty argument.
    return line.split(" ", -1);
  }

  @Test
  void usualCommandLine_isRead() {
    assertThat(Serving.plain(words("serve --config a.yaml")))
        .isEqualTo(new Serving(Path.of("a.yaml"), null));
    assertThat(Serving.plain(words("serve --port-file p --config a.yaml")))
        .isEqualTo(new Serving(Path.of("a.yaml"), Path.of("p")));
  }

  /** All of these picocli reads, or says what is wrong with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "serve",
        "serve --help",
        "serve --config",
        "serve --config ",
        "serve --config=a.yaml",
        "serve --config a.yaml --port-file",
        "serve --config a.yaml --config b.yaml",
        "serve --port-file p --port-file q",
        "serve --port-file p",
        "serve --config --port-file",
        "serve --config @a.yaml",
        "serve --conf a.yaml",
        "check-config --config a.yaml",
        "Serve --config a.yaml"
      })
  void anyOtherCommandLine_isLeftToPicocli(String line) {
    assertThat(Serving.plain(words(line))).isNull();
  }

  @Test
  void noArguments_areLeftToPicocli() {
    assertThat(Serving.plain(new String[0])).isNull();
  }

  @Test
  void fileThatCannotBeUsed_endsWith2AndIsToldOf() throws Exception {
    Path config = Files.writeString(directory.resolve("a.yaml"), "nonsense: 1\n");
    StringWriter err = new StringWriter();

    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> new Serving(config, null).run(new PrintWriter(err)))
        .satisfies(failure -> assertThat(failure.exitCode()).isEqualTo(2));
    assertThat(err.toString()).contains("a.yaml", "nonsense");
  }
}
