package dev.proa.builder.internal;

import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/** The stages that one needs: what it begins with and copies from, and what these do. */
final class NeededStages {
  private NeededStages() {}

  /**
   * In the order of the file, the target last.
   *
   * @param baseName what a stage begins with, variables replaced
   */
  static List<Stage> of(Dockerfile file, Stage target, Function<Stage, String> baseName) {
    TreeSet<Integer> indexes = new TreeSet<>();
    List<Stage> open = new ArrayList<>(List.of(target));
    while (!open.isEmpty()) {
      Stage stage = open.removeLast();
      if (!indexes.add(stage.index())) {
        continue;
      }
      Stage base = file.stage(baseName.apply(stage), stage.index());
      if (base != null) {
        open.add(base);
      }
      for (Instruction instruction : stage.instructions()) {
        for (String name : sources(file, instruction)) {
          Stage source = file.stage(name, stage.index());
          if (source != null) {
            open.add(source);
          } else if (name.equals(stage.name()) || name.equals(String.valueOf(stage.index()))) {
            throw ProaException.invalid("invalid from flag value " + name + ": refers to the stage that it stands in\n" + file.excerpt(instruction));
          }
        }
      }
    }
    return indexes.stream().map(file.stages()::get).toList();
  }

  private static List<String> sources(Dockerfile file, Instruction instruction) {
    try {
      return StageRun.sourcesOf(instruction);
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), e.getMessage() + "\n" + file.excerpt(instruction), e);
    }
  }
}
