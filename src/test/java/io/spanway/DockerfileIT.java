// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.testing.Dockerfile;
import io.spanway.testing.Dockerfile.Instruction;
import io.spanway.testing.Dockerfile.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Says what the image is, and carries out its Dockerfile without Docker: each stage gets a folder
 * for its root, and the commands get the paths under it. Users are not made.
 */
final class DockerfileIT {
  private static final Path CONTEXT = Path.of("").toAbsolutePath();
  private static final Duration BUILD = Duration.ofMinutes(5);
  private static final Duration START = Duration.ofSeconds(60);

  private static Dockerfile dockerfile;

  @BeforeAll
  static void read() throws IOException {
    dockerfile = Dockerfile.read(CONTEXT.resolve("Dockerfile"));
  }

  @Test
  void stages_areOneWithMavenAndOneWithoutCompiler() {
    assertThat(dockerfile.stages()).hasSize(2);
    assertThat(dockerfile.stage("build").baseImage()).startsWith("maven:").endsWith("-17");
    assertThat(dockerfile.image().baseImage()).contains(":17-jre");
    assertThat(dockerfile.stages())
        .extracting(Stage::baseImage)
        .noneMatch(image -> image.endsWith(":latest") || !image.contains(":"));
  }

  @Test
  void image_takesOnlyTheJarFromTheBuild() {
    assertThat(dockerfile.image().all("COPY").filter(c -> c.flag("from").isPresent()))
        .singleElement()
        .satisfies(
            copy -> {
              assertThat(copy.flag("from")).contains("build");
              assertThat(copy.words())
                  .containsExactly("/src/target/spanway.jar", "/opt/spanway/spanway.jar");
            });
  }

  @Test
  void image_runsAsAUserItHasMadeThatIsNotRoot() {
    Stage image = dockerfile.image();
    String[] ids = image.last("USER").orElseThrow().arguments().split(":", -1);
    String making = image.all("RUN").map(Instruction::arguments).findFirst().orElseThrow();

    assertThat(ids).hasSize(2).allSatisfy(id -> assertThat(Integer.parseInt(id)).isPositive());
    assertThat(making).contains("--uid " + ids[0] + " ").contains("--gid " + ids[1] + " ");
    assertThat(image.instructions().stream().dropWhile(i -> !i.keyword().equals("USER")))
        .as("what is written to the image belongs to root")
        .extracting(Instruction::keyword)
        .doesNotContain("RUN", "COPY", "ADD");
  }

  @Test
  void image_exposesBothListeners() {
    assertThat(dockerfile.image().all("EXPOSE").flatMap(e -> e.words().stream()))
        .containsExactly("3100", "9464");
  }

  @Test
  void jvm_keepsToTheMemoryOfTheContainerAndEndsWithoutIt() {
    List<String> entryPoint = dockerfile.image().last("ENTRYPOINT").orElseThrow().command();

    assertThat(entryPoint)
        .startsWith("java")
        .endsWith("-jar", "/opt/spanway/spanway.jar")
        .contains("-XX:+ExitOnOutOfMemoryError")
        .anyMatch(option -> option.startsWith("-XX:MaxRAMPercentage="))
        .noneMatch(option -> option.startsWith("-Xmx"));
  }

  @Test
  void image_servesTheConfigurationThatItBrings() {
    assertThat(dockerfile.image().last("CMD").orElseThrow().command())
        .containsExactly("serve", "--config", "/etc/spanway/config.yaml");
    assertThat(dockerfile.image().all("COPY").map(Instruction::words))
        .contains(List.of("config/minimal.yaml", "/etc/spanway/config.yaml"));
  }

  @Test
  void healthCheck_asksTheSameJar() {
    assertThat(healthCheck()).startsWith("java").contains("/opt/spanway/spanway.jar", "health");
  }

  @Test
  void dockerignore_letsThroughWhatIsCopied() throws IOException {
    List<String> lines = Files.readAllLines(CONTEXT.resolve(".dockerignore"));
    List<String> kept =
        lines.stream().filter(l -> l.startsWith("!")).map(l -> l.substring(1)).toList();

    assertThat(lines).contains("*");
    assertThat(dockerfile.stages().stream().flatMap(DockerfileIT::copiedFromContext))
        .isNotEmpty()
        .allSatisfy(
            source -> {
              assertThat(CONTEXT.resolve(source)).exists();
              assertThat(kept).anyMatch(k -> source.equals(k) || source.equals(k + "/"));
            });
  }

  @Test
  void commands_buildStartAnswerAndStop(@TempDir Path temp) throws Exception {
    Path buildRoot = build(Files.createDirectory(temp.resolve("build")));
    Path root = Files.createDirectory(temp.resolve("image"));
    for (Instruction copy : dockerfile.image().all("COPY").toList()) {
      copy(copy, copy.flag("from").isPresent() ? buildRoot : CONTEXT, root, "/");
    }
    Path config = under(root, "/etc/spanway/config.yaml");
    assertThat(config).hasSameTextualContentAs(CONTEXT.resolve("config/minimal.yaml"));
    Files.writeString(
        config,
        """
        server: { listen: "127.0.0.1:0" }
        admin: { listen: "127.0.0.1:%d" }
        loki: { urls: ["http://127.0.0.1:9"] }
        tempo: { urls: ["http://127.0.0.1:9"] }
        """
            .formatted(freePort()));
    assertThat(run(root, healthCheck(), temp.resolve("early.log"), Duration.ofSeconds(30)))
        .as("health before the start")
        .isNotZero();

    Path portFile = temp.resolve("ports");
    var command = new ArrayList<>(dockerfile.image().last("ENTRYPOINT").orElseThrow().command());
    command.addAll(dockerfile.image().last("CMD").orElseThrow().command());
    command.addAll(List.of("--port-file", portFile.toString()));
    Path log = temp.resolve("serve.log");
    Process spanway = start(root, command, root, log);
    try {
      await().atMost(START).until(() -> Files.exists(portFile) || !spanway.isAlive());
      assertThat(spanway.isAlive()).as(() -> contentOf(log)).isTrue();

      Path healthLog = temp.resolve("health.log");
      assertThat(run(root, healthCheck(), healthLog, Duration.ofSeconds(30)))
          .as(() -> contentOf(healthLog))
          .isZero();

      spanway.destroy(); // SIGTERM, as `docker stop` does
      assertThat(spanway.waitFor(30, TimeUnit.SECONDS)).as(() -> contentOf(log)).isTrue();
      assertThat(spanway.exitValue()).as(() -> contentOf(log)).isIn(0, 143);
    } finally {
      spanway.destroyForcibly();
    }
  }

  /** Carries out the stage that builds, offline, with the Maven that is here. */
  private static Path build(Path root) throws Exception {
    String workdir = "/";
    for (Instruction instruction : dockerfile.stage("build").instructions()) {
      switch (instruction.keyword()) {
        case "WORKDIR" -> {
          workdir = instruction.arguments();
          Files.createDirectories(under(root, workdir));
        }
        case "COPY" -> copy(instruction, CONTEXT, root, workdir);
        case "RUN" -> {
          stayOffline(under(root, workdir));
          Path log = root.resolve("build.log");
          Process build =
              start(
                  root,
                  List.of("/bin/sh", "-c", instruction.arguments()),
                  under(root, workdir),
                  log);
          assertThat(build.waitFor(BUILD.toSeconds(), TimeUnit.SECONDS)).as("in time").isTrue();
          assertThat(build.exitValue()).as(() -> contentOf(log)).isZero();
        }
        default -> throw new AssertionError("not carried out: " + instruction);
      }
    }
    return root;
  }

  /** Everything that the build needs was fetched by the build that runs this test. */
  private static void stayOffline(Path project) throws IOException {
    String options = "-o\n";
    String repository = System.getProperty("maven.repo.local");
    if (repository != null) {
      options += "-Dmaven.repo.local=" + repository + "\n";
    }
    Files.writeString(project.resolve(".mvn/maven.config"), options, StandardOpenOption.APPEND);
  }

  private static void copy(Instruction copy, Path from, Path root, String workdir)
      throws IOException {
    List<String> words = copy.words();
    String to = words.get(words.size() - 1);
    Path target = under(root, to.startsWith("/") ? to : workdir + "/" + to);
    for (String word : words.subList(0, words.size() - 1)) {
      Path source = under(from, word);
      if (Files.isDirectory(source)) {
        copyTree(source, target);
      } else if (to.endsWith("/")) {
        copyFile(source, target.resolve(source.getFileName()));
      } else {
        copyFile(source, target);
      }
    }
  }

  private static void copyTree(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source).filter(Files::isRegularFile)) {
      for (Path file : files.toList()) {
        copyFile(file, target.resolve(source.relativize(file).toString()));
      }
    }
  }

  private static void copyFile(Path source, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static int run(Path root, List<String> command, Path log, Duration atMost)
      throws Exception {
    Process process = start(root, command, root, log);
    try {
      assertThat(process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS)).as("in time").isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(Path root, List<String> command, Path directory, Path log)
      throws IOException {
    var mapped = new ArrayList<String>();
    for (String word : command) {
      boolean inRoot = word.startsWith("/") && Files.exists(under(root, word));
      mapped.add(inRoot ? under(root, word).toString() : word);
    }
    if (mapped.get(0).equals("java")) {
      mapped.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
    }
    return new ProcessBuilder(mapped)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private static List<String> healthCheck() {
    String arguments = dockerfile.image().last("HEALTHCHECK").orElseThrow().arguments();
    assertThat(arguments).startsWith("CMD [");
    return new Instruction("CMD", List.of(), arguments.substring("CMD ".length())).command();
  }

  private static Stream<String> copiedFromContext(Stage stage) {
    return stage
        .all("COPY")
        .filter(c -> c.flag("from").isEmpty())
        .map(Instruction::words)
        .flatMap(words -> words.subList(0, words.size() - 1).stream());
  }

  private static Path under(Path root, String path) {
    return root.resolve(path.startsWith("/") ? path.substring(1) : path).normalize();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String contentOf(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
