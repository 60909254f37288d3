package dev.proa.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code man}: the manual's pages (man(7)), from the same source as the help. */
final class ManVerb extends Verb {
  ManVerb() {
    super("man [OPTIONS] [COMMAND...]", "Print the manual page of a command, or write all pages to a folder", 0, 2);
  }

  @Override
  protected void flags(Flags flags) {
    flags.one('d', "directory", "folder", "Write the pages of all commands there");
  }

  @Override
  protected String examples() {
    return "proa man run | man -l -\nproa man --directory /usr/local/share/man/man1";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String folder = call.flags().get("directory");
    if (folder == null) {
      call.out().print(call.arguments().isEmpty() ? overview() : page(Verbs.find(call.arguments()).verb()));
      return 0;
    }
    Path to = Files.createDirectories(Path.of(folder));
    Files.writeString(to.resolve("proa.1"), overview());
    for (String name : Verbs.all()) {
      Files.writeString(to.resolve("proa-" + name.replace(' ', '-') + ".1"), page(Objects.requireNonNull(Verbs.verb(name))));
    }
    return 0;
  }

  static String page(Verb verb) {
    Flags flags = new Flags();
    verb.flags(flags);
    StringBuilder out = head("PROA-" + verb.name().replace(' ', '-'));
    out.append(".SH NAME\nproa\\-").append(text(verb.name().replace(' ', '-'))).append(" \\- ").append(text(verb.summary())).append('\n');
    out.append(".SH SYNOPSIS\n.B proa ").append(text(verb.name())).append('\n').append(text(verb.usage().substring(verb.name().length()).strip())).append('\n');
    options(out, "OPTIONS", flags);
    examples(out, verb.examples());
    return out.append(".SH SEE ALSO\n.BR proa (1)\n").toString();
  }

  static String overview() {
    StringBuilder out = head("PROA");
    out.append(".SH NAME\nproa \\- run containers\n.SH SYNOPSIS\n.B proa\n[OPTIONS] COMMAND [ARG...]\n");
    out.append(".SH DESCRIPTION\nThe command of Proa, a container engine with Docker's API. The daemon is\n.BR proad .\n.SH COMMANDS\n");
    for (String name : Verbs.all()) {
      out.append(".TP\n.B ").append(text(name)).append('\n').append(text(Objects.requireNonNull(Verbs.verb(name)).summary())).append('\n');
    }
    options(out, "GLOBAL OPTIONS", GlobalFlags.declared());
    out.append(".SH FILES\n.TP\n.I ~/.docker/config.json\nLogins, formats of lists, keys that detach, the context in use.\n.TP\n.I ~/.docker/contexts\nDaemons by name.\n");
    out.append(".SH ENVIRONMENT\n.TP\n.B PROA_HOST, DOCKER_HOST\nWhere the daemon listens.\n.TP\n.B DOCKER_CONTEXT\nThe context to use.\n.TP\n.B DOCKER_CONFIG\nThe folder of config.json.\n.TP\n.B NO_COLOR\nNo colours.\n");
    out.append(".SH EXIT STATUS\nThat of the process in the container for run, exec and start \\-a; 125 if the command itself failed, 126 if the process cannot be run, 127 if it is not there; else 1 on errors.\n");
    examples(out, Help.EXAMPLES);
    return out.toString();
  }

  private static StringBuilder head(String title) {
    return new StringBuilder(2048).append(".TH ").append(title.toUpperCase(java.util.Locale.ROOT)).append(" 1 \"\" \"Proa ").append(Main.version()).append("\" \"Proa's manual\"\n.nh\n");
  }

  private static void options(StringBuilder out, String title, Flags flags) {
    List<Flags.Shown> shown = new ArrayList<>(flags.shown());
    if (shown.isEmpty()) {
      return;
    }
    out.append(".SH ").append(title).append('\n');
    for (Flags.Shown flag : shown) {
      out.append(".TP\n.B ").append(text(flag.flags()));
      if (!flag.valueName().isEmpty()) {
        out.append(" \\fI").append(text(flag.valueName())).append("\\fR");
      }
      out.append('\n').append(text(flag.text())).append('\n');
    }
  }

  private static void examples(StringBuilder out, String examples) {
    if (!examples.isEmpty()) {
      out.append(".SH EXAMPLES\n.nf\n");
      examples.lines().forEach(line -> out.append(text(line)).append('\n'));
      out.append(".fi\n");
    }
  }

  /** A dot or an apostrophe at the begin of a line would be a request. */
  private static String text(String plain) {
    String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
