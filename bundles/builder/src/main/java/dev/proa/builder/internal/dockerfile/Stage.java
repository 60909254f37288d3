package dev.proa.builder.internal.dockerfile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage of a Dockerfile: a {@code FROM} and what follows it.
 *
 * @param index from 0
 * @param name in small letters; null if it has none
 * @param from the {@code FROM}
 * @param base what it names, variables not replaced yet
 * @param platform the flag {@code --platform}, variables not replaced yet; null if it is not given
 */
public record Stage(int index, @Nullable String name, Instruction from, String base, @Nullable String platform, List<Instruction> instructions) {
  public Stage {
    instructions = List.copyOf(instructions);
  }
}
