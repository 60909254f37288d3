package dev.proa.cli;

import java.util.Objects;

/** What {@code --help} prints. */
final class Help {
  private Help() {}

  static String all() {
    StringBuilder out = new StringBuilder(4096);
    out.append(
        """

        Usage:  proa [OPTIONS] COMMAND

        Runs containers. The daemon is proad; the stock docker command works on its socket as well.

        Commands:
        """);
    for (String name : Verbs.NAMES) {
      out.append(String.format("  %-16s%s%n", name, Objects.requireNonNull(Verbs.verb(name)).summary()));
    }
    out.append(
        """
          daemon          Run the daemon in the foreground (as proad)

        Global Options:
          -H, --host string   Daemon socket to connect to (default $PROA_HOST, $DOCKER_HOST, unix:///run/proa/proa.sock)
          -v, --version       Print version information and quit

        Examples:
          proa run --rm -it alpine:3.20 sh
          proa run -d --name web -v data:/srv nginx
          proa logs -f web

        Run 'proa COMMAND --help' for more information on a command.
        """);
    return out.toString();
  }

  static String of(Verb verb, Flags flags) {
    String options = flags.help();
    return "\nUsage:  proa " + verb.usage() + "\n\n" + verb.summary() + "\n" + (options.isEmpty() ? "" : "\nOptions:\n" + options)
        + (verb.examples().isEmpty() ? "" : "\nExamples:\n" + verb.examples().indent(2));
  }
}
