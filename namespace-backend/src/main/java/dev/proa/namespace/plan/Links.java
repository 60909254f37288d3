package dev.proa.namespace.plan;

import dev.proa.linux.Errno;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import org.jspecify.annotations.Nullable;

/**
 * Links of an image that lead to nothing where something is to be mounted: runc and Docker make what they stand for. A plan can only notice them. It
 * waits at a gate of its own then, with the folder that counts as "/" as its working folder, until the backend has made what was missing.
 */
public final class Links {
  private static final String FOLDER = "make the folder that a link stands for: ";
  private static final String FILE = "make the file that a link stands for: ";

  private Links() {}

  /**
   * What a plan waits for.
   *
   * @param path below the process's working folder
   */
  public record Wanted(String path, boolean directory) {}

  /** Reached when what {@code path} leads to is not there. */
  static void await(Steps steps, Arg root, String path, boolean directory) {
    steps.gateIn((directory ? FOLDER : FILE) + path, root);
  }

  /** A step whose target may be such a link. */
  static SpawnPlan.Added orWait(SpawnPlan.Added step, SpawnPlan.@Nullable Label links) {
    return links == null ? step : step.tolerating(Errno.ENOENT).otherwise(links);
  }

  /** What the plan waits for at a gate; null at the gates for hooks and for the start. */
  public static @Nullable Wanted at(SpawnPlan plan, int gate) {
    String name = plan.steps().get(gate).name();
    for (String prefix : new String[] {FOLDER, FILE}) {
      if (name.startsWith(prefix)) {
        return new Wanted(name.substring(prefix.length(), name.lastIndexOf(": ")), prefix.equals(FOLDER));
      }
    }
    return null;
  }
}
