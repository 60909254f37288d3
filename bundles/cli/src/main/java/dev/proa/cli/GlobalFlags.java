package dev.proa.cli;

import dev.proa.cli.command.DockerConfig;
import dev.proa.cli.context.Target;
import java.io.IOException;
import java.util.List;

/** The flags before the verb. */
final class GlobalFlags {
  private final Flags flags =
      declared().stopAtArgument();

  static Flags declared() {
    return new Flags()
        .one("config", "string", "Location of client config files (default \"~/.docker\")")
        .one('c', "context", "string", "Name of the context to use to connect to the daemon (overrides PROA_HOST, DOCKER_HOST and \"proa context use\")")
        .toggle('D', "debug", "Taken for compatibility")
        .one('H', "host", "string", "Daemon socket to connect to (default $PROA_HOST, $DOCKER_HOST, unix:///run/proa/proa.sock)")
        .one('l', "log-level", "string", "Taken for compatibility")
        .toggle('v', "version", "Print version information and quit");
  }

  GlobalFlags(List<String> line) {
    for (String word : line) {
      if (word.equals("--tls") || word.startsWith("--tlsverify")) {
        throw new CliException(125, "proa: " + word + ": this command speaks no TLS; use unix:///path, or a tunnel by ssh -L");
      }
      if (!word.startsWith("-")) {
        break;
      }
    }
    try {
      flags.parse(line);
    } catch (Flags.UsageException e) {
      throw new CliException(125, e.getMessage() + "\n\nUsage:  proa [OPTIONS] COMMAND [ARG...]\n\nRun 'proa --help' for more information");
    }
    if (flags.given("config")) {
      System.setProperty(DockerConfig.FOLDER, flags.get("config", ""));
    }
  }

  boolean help() {
    return flags.has("help");
  }

  boolean version() {
    return flags.has("version");
  }

  List<String> rest() {
    return flags.arguments();
  }

  Target target() throws IOException {
    return Target.of(flags.get("host"), flags.get("context"));
  }
}
