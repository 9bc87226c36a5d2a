// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.app.DemoApp;
import io.spanway.demo.DemoStory;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code spanway demo}. */
@Command(
    name = "demo",
    description =
        "Runs a sample Tempo and a sample Loki in memory, with Spanway in front, to try things on.")
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "3100",
      description = "Spanway's data port; a free one is taken when it is not free.")
  private int port;

  @Option(
      names = "--once",
      description = "Tells the story of one span, from query to logs to trace, and exits.")
  private boolean once;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (DemoApp demo = DemoApp.start(once ? 0 : port, once, BuildVersion.text())) {
      if (once) {
        boolean good =
            new DemoStory(demo.spanway(), demo.loki(), demo.tempo(), System::nanoTime).tell(out);
        out.flush();
        return good ? 0 : 1;
      }
      out.println("Spanway is at " + demo.spanway() + ", its admin listener at " + demo.admin());
      out.println("behind it a sample Loki at " + demo.loki() + " and Tempo at " + demo.tempo());
      out.println();
      out.println("A trace and its logs in a browser: " + demo.admin() + DemoStory.PAGE);
      out.println();
      DemoStory.demoHints(demo.spanway()).forEach(out::println);
      out.println();
      out.println("Ctrl-C ends it.");
      out.flush();
      return Serving.untilStopped(demo.app());
    }
  }
}
