// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigLoader;
import io.spanway.config.LoadedConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code spanway serve}. */
@Command(name = "serve", description = "Runs the gateway until it is told to stop (SIGTERM).")
final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration file.")
  private Path config = Path.of("config.yaml");

  @Option(
      names = "--port-file",
      paramLabel = "FILE",
      description = "Writes the addresses that were taken to this file, one a line: data, admin.")
  private @Nullable Path portFile;

  @Override
  public Integer call() throws Exception {
    LoadedConfig loaded = ConfigFile.load(config, spec.commandLine().getErr());
    SpanwayApp app;
    try {
      app =
          SpanwayApp.start(
              loaded.config(),
              () -> ConfigLoader.load(config, System.getenv()),
              BuildVersion.text(),
              InstantSource.system());
    } catch (IOException e) {
      throw new CommandFailedException(1, String.valueOf(e.getMessage()));
    }
    HangUp.onSignal(app::reload);
    Path file = portFile;
    if (file != null) {
      write(file, app);
    }
    return untilStopped(app);
  }

  /** Waits for the signal, then stops in order; the process ends with 0 when nothing was lost. */
  static int untilStopped(SpanwayApp app) throws InterruptedException {
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  boolean all = app.stop();
                  stopped.countDown();
                  // The default exit code of a signal says that something went wrong.
                  Runtime.getRuntime().halt(all ? 0 : 1);
                },
                "spanway-stop"));
    stopped.await();
    return 0;
  }

  private static void write(Path file, SpanwayApp app) throws IOException {
    Path made = Files.createTempFile(file.toAbsolutePath().getParent(), ".ports", "");
    Files.writeString(made, "data=" + app.dataListen() + "\nadmin=" + app.adminListen() + "\n");
    // Moved, so that whoever waits for the file never reads half of it.
    Files.move(made, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
