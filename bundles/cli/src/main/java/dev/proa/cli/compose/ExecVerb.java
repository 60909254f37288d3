package dev.proa.cli.compose;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.terminal.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code compose exec}: {@code proa exec} in a service's container. */
final class ExecVerb extends Verb {
  private final Scope scope;

  ExecVerb(Scope scope) {
    super("compose exec [OPTIONS] SERVICE COMMAND [ARGS...]", "Execute a command in a running container", 2, -1);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .stopAtArgument()
        .toggle('d', "detach", "Detached mode: run command in the background")
        .list('e', "env", "Set environment variables")
        .number((char) 0, "index", "Index of the container if the service has several")
        .toggle('i', "interactive", "Keep STDIN open even if not attached (default)")
        .toggle('T', "no-TTY", "Disable pseudo-TTY allocation (default where standard input or output is no terminal)")
        .toggle('t', "tty", "Allocate a pseudo-TTY (default)")
        .toggle("privileged", "Give extended privileges to the process")
        .one('u', "user", "string", "Run the command as this user")
        .one('w', "workdir", "string", "Path to workdir directory for this command");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    Container container = scope.one(call.argument(0), flags.number("index"));
    List<String> line = new ArrayList<>();
    if (flags.has("detach")) {
      line.add("--detach");
    } else {
      line.add("--interactive");
      if (!flags.has("no-TTY") && Terminal.isTerminal(0) && Terminal.isTerminal(1)) {
        line.add("--tty");
      }
    }
    flags.list("env").forEach(each -> line.addAll(List.of("--env", each)));
    if (flags.has("privileged")) {
      line.add("--privileged");
    }
    for (String name : List.of("user", "workdir")) {
      if (flags.given(name)) {
        line.addAll(List.of("--" + name, flags.get(name, "")));
      }
    }
    line.add(container.id());
    line.addAll(call.arguments().subList(1, call.arguments().size()));
    return call.sub(new ProcessVerbs.Exec(), line);
  }
}
