package dev.proa.cli.compose;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.ProcessVerbs;
import dev.proa.cli.compose.LogStreams.Selection;
import java.io.IOException;
import java.util.List;

/** {@code compose logs}. */
final class LogsVerb extends Verb {
  private final Scope scope;

  LogsVerb(Scope scope) {
    super("compose logs [OPTIONS] [SERVICE...]", "View output from containers", 0, -1);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .toggle('f', "follow", "Follow log output")
        .number((char) 0, "index", "Index of the container if the service has several")
        .toggle("no-color", "Produce monochrome output")
        .toggle("no-log-prefix", "Don't print prefix in logs")
        .one("since", "string", "Show logs since timestamp (2026-01-02T13:23:37Z) or relative (42m)")
        .one('n', "tail", "string", "Number of lines to show from the end of the logs for each container (default \"all\")")
        .toggle('t', "timestamps", "Show timestamps")
        .one("until", "string", "Show logs before a timestamp or relative");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    Flags flags = call.flags();
    Long index = flags.number("index");
    List<Container> containers = scope.containers(call.arguments(), false).stream().filter(each -> index == null || each.number() == index).toList();
    LogStreams logs = new LogStreams(scope.engine(), call, containers, scope.colours(1) && !flags.has("no-color"), !flags.has("no-log-prefix"));
    logs.start(new Selection(flags.has("follow"), flags.has("timestamps"), flags.get("tail", "all"), ProcessVerbs.time(flags.get("since")), ProcessVerbs.time(flags.get("until"))));
    logs.join();
    return 0;
  }
}
