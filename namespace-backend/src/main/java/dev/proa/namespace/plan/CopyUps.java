package dev.proa.namespace.plan;

import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import org.jspecify.annotations.Nullable;

/**
 * Mounts that start with what lies at their place (the option {@code tmpcopyup}). A plan cannot walk over a tree, so it waits at two gates for whoever made
 * it to copy: at the first one its working folder is the place, at the second one the new file system, which nobody else has seen yet.
 */
public final class CopyUps {
  private static final String FROM = "copy up what lies at ";
  private static final String INTO = "copy up into the mount of ";

  private CopyUps() {}

  /**
   * What a plan waits for.
   *
   * @param path the destination, for messages
   * @param into whether the working folder is the new file system; otherwise what it is filled with
   */
  public record Wanted(String path, boolean into) {}

  static void append(Steps steps, String path, Arg place, Arg mount) {
    steps.gateIn(FROM + path, place);
    steps.gateIn(INTO + path, mount);
  }

  /** What the plan waits for at a gate; null at all others. */
  public static @Nullable Wanted at(SpawnPlan plan, int gate) {
    String name = plan.steps().get(gate).name();
    for (String prefix : new String[] {FROM, INTO}) {
      if (name.startsWith(prefix)) {
        int end = name.endsWith(": say so") ? name.length() - ": say so".length() : name.length();
        return new Wanted(name.substring(prefix.length(), end), prefix.equals(INTO));
      }
    }
    return null;
  }
}
