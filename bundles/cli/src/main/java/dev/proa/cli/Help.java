package dev.proa.cli;

import java.util.Collection;
import java.util.Objects;

/** What {@code --help} prints. */
final class Help {
  static final String EXAMPLES =
      """
      proa run --rm -it alpine:3.20 sh
      proa run -d --name web -v data:/srv nginx
      proa logs -f web
      proa compose up -d
      """;

  private Help() {}

  static String all() {
    StringBuilder out = new StringBuilder(4096);
    out.append(
        """

        Usage:  proa [OPTIONS] COMMAND

        Runs containers. The daemon is proad; the stock docker command works on its socket as well.

        Common Commands:
        """);
    verbs(out, "", Verbs.COMMON);
    out.append("\nManagement Commands:\n");
    Verbs.GROUPS.forEach((name, summary) -> line(out, name, summary));
    out.append("\nCommands:\n");
    verbs(out, "", Verbs.NAMES);
    line(out, "daemon", "Run the daemon in the foreground (as proad)");
    out.append("\nGlobal Options:\n").append(GlobalFlags.declared().help());
    out.append("\nExamples:\n").append(EXAMPLES.indent(2));
    out.append("\nRun 'proa COMMAND --help' for more information on a command.\n");
    return out.toString();
  }

  /** What a group of verbs has. */
  static String group(String name) {
    StringBuilder out = new StringBuilder(1024);
    out.append("\nUsage:  proa ").append(name).append(" COMMAND\n\n").append(Verbs.GROUPS.get(name)).append("\n\nCommands:\n");
    verbs(out, name, Verbs.members(name));
    return out.append("\nRun 'proa ").append(name).append(" COMMAND --help' for more information on a command.\n").toString();
  }

  private static void verbs(StringBuilder out, String group, Collection<String> names) {
    names.forEach(name -> line(out, name, Objects.requireNonNull(Verbs.verb(group.isEmpty() ? name : Verbs.canonical(group, name))).summary()));
  }

  private static void line(StringBuilder out, String name, String summary) {
    out.append("  ").append(name).repeat(" ", Math.max(1, 12 - name.length())).append(summary).append('\n');
  }

  static String of(Verb verb, Flags flags) {
    String options = flags.help();
    return "\nUsage:  proa " + verb.usage() + "\n\n" + verb.summary() + "\n" + (options.isEmpty() ? "" : "\nOptions:\n" + options)
        + (verb.examples().isEmpty() ? "" : "\nExamples:\n" + verb.examples().indent(2));
  }
}
