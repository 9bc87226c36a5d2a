// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigLoader;
import io.spanway.config.LoadedConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What {@code spanway serve} does.
 *
 * @param config the configuration file
 * @param portFile where the addresses that were taken are written, null for nowhere
 */
record Serving(Path config, @Nullable Path portFile) {
  /**
   * Reads the command line that nearly every start has. All others, and all that is wrong with one,
   * are for picocli, which is a fifth of a start.
   *
   * @return null where it is another one
   */
  static @Nullable Serving plain(String[] args) {
    Path config = null;
    Path portFile = null;
    if (args.length % 2 == 0 || !args[0].equals("serve")) {
      return null;
    }
    for (int i = 1; i < args.length; i += 2) {
      String value = args[i + 1];
      if (value.isEmpty() || value.startsWith("-") || value.startsWith("@")) {
        return null;
      }
      if (args[i].equals("--config") && config == null) {
        config = Path.of(value);
      } else if (args[i].equals("--port-file") && portFile == null) {
        portFile = Path.of(value);
      } else {
        return null;
      }
    }
    return config == null ? null : new Serving(config, portFile);
  }

  /**
   * Serves until the process is told to stop, and returns its exit code.
   *
   * @param err gets what is to be said about the file
   * @throws CommandFailedException when the file cannot be used, or an address not be had
   */
  int run(PrintWriter err) throws IOException, InterruptedException {
    LoadedConfig loaded = ConfigFile.load(config, err);
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
