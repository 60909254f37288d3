package dev.proa.builder;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Dockerfile says, without building it.
 *
 * @param file its name
 * @param source its text
 * @param findings what is doubtful
 * @param targets its stages that have a name, and the last one
 * @param outline what a build of the wanted target can be told
 */
public record Description(String file, String source, List<Finding> findings, List<Target> targets, Outline outline) {
  public Description {
    findings = List.copyOf(findings);
    targets = List.copyOf(targets);
  }

  /** @param rule Docker's name of the check */
  public record Finding(String rule, String text, int line) {}

  /**
   * A stage.
   *
   * @param name empty for none
   * @param last whether it is built if no target is named
   * @param base what it begins with
   * @param platform as its {@code FROM} names it; empty for none
   */
  public record Target(String name, boolean last, String base, String platform, int line) {}

  /** @param target name of the stage; empty for none */
  public record Outline(String target, List<Argument> arguments, List<Need> secrets, List<Need> ssh, List<Need> caches) {
    public Outline {
      arguments = List.copyOf(arguments);
      secrets = List.copyOf(secrets);
      ssh = List.copyOf(ssh);
      caches = List.copyOf(caches);
    }
  }

  /** @param value what the client gave, or the default; null for none */
  public record Argument(String name, @Nullable String value, int line) {}

  /** Something that a command is mounted for. */
  public record Need(String id, boolean required, int line) {}
}
