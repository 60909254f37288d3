package dev.proa.cli;

import dev.proa.cli.command.DockerConfig;
import dev.proa.cli.context.Target;
import dev.proa.cli.http.Engine;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The daemon that a command line means; looked for when a verb first needs it, as some need none. */
final class Connector {
  private final Target target;
  private @Nullable Engine engine;

  Connector(Target target) {
    this.target = target;
  }

  Target target() {
    return target;
  }

  /** @throws CliException if the files of this user do not tell it */
  synchronized Engine engine() {
    Engine known = engine;
    if (known == null) {
      try {
        known = new Engine(target.endpoint(), DockerConfig.read().httpHeaders());
      } catch (IOException e) {
        throw new CliException(1, "proa: cannot read the settings in " + DockerConfig.folder() + ": " + e.getMessage());
      }
      engine = known;
    }
    return known;
  }
}
