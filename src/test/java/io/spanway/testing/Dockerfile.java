// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Dockerfile, as far as ours needs it: stages of instructions, lines continued by a backslash,
 * flags before the arguments, lists in JSON.
 */
public record Dockerfile(List<Stage> stages) {
  /** What begins with a {@code FROM}. */
  public record Stage(String baseImage, String name, List<Instruction> instructions) {
    /** The instructions of one kind, in order. */
    public Stream<Instruction> all(String keyword) {
      return instructions.stream().filter(i -> i.keyword().equals(keyword));
    }

    /** The last instruction of a kind: it replaces those before it. */
    public Optional<Instruction> last(String keyword) {
      return all(keyword).reduce((earlier, later) -> later);
    }
  }

  /** One instruction, its flags ({@code --from=build}) apart from the rest. */
  public record Instruction(String keyword, List<String> flags, String arguments) {
    /** The value of {@code --name=value}. */
    public Optional<String> flag(String name) {
      String start = "--" + name + "=";
      return flags.stream()
          .filter(f -> f.startsWith(start))
          .map(f -> f.substring(start.length()))
          .findFirst();
    }

    /** The arguments that blanks separate. */
    public List<String> words() {
      return List.of(arguments.split("\\s+", -1));
    }

    /** The arguments as a list in JSON, which is run without a shell. */
    public List<String> command() {
      return List.of(JsonMapper.shared().readValue(arguments, String[].class));
    }
  }

  /** Reads a file. */
  public static Dockerfile read(Path file) throws IOException {
    var stages = new ArrayList<Stage>();
    for (String line : logicalLines(Files.readAllLines(file))) {
      Instruction instruction = instruction(line);
      if (instruction.keyword().equals("FROM")) {
        List<String> words = instruction.words(); // image [AS name]
        String name = words.size() == 3 ? words.get(2) : "";
        stages.add(new Stage(words.get(0), name, new ArrayList<>()));
      } else {
        stages.get(stages.size() - 1).instructions().add(instruction);
      }
    }
    return new Dockerfile(List.copyOf(stages));
  }

  /** The stage that {@code COPY --from} calls by this name. */
  public Stage stage(String name) {
    return stages.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  /** The stage that becomes the image. */
  public Stage image() {
    return stages.get(stages.size() - 1);
  }

  private static List<String> logicalLines(List<String> physicalLines) {
    var lines = new ArrayList<String>();
    var current = new StringBuilder();
    for (String physical : physicalLines) {
      String line = physical.strip();
      if (line.startsWith("#") || line.isEmpty()) {
        continue;
      }
      if (line.endsWith("\\")) {
        current.append(line, 0, line.length() - 1);
      } else {
        lines.add(current.append(line).toString());
        current.setLength(0);
      }
    }
    return lines;
  }

  private static Instruction instruction(String line) {
    int blank = line.indexOf(' ');
    String keyword = line.substring(0, blank);
    String rest = line.substring(blank).strip();
    var flags = new ArrayList<String>();
    while (rest.startsWith("--")) {
      int end = rest.indexOf(' ');
      flags.add(rest.substring(0, end));
      rest = rest.substring(end).strip();
    }
    return new Instruction(keyword, List.copyOf(flags), rest);
  }
}
