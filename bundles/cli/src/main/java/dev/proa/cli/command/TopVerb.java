package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import dev.proa.cli.terminal.Terminal;
import dev.proa.cli.text.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code top}: the processes of a container, as docker has it; without one the live table of all containers. */
public final class TopVerb extends Verb {
  public TopVerb() {
    super("top [OPTIONS] [CONTAINER] [ps OPTIONS]", "Display a live table of all containers, or the running processes of one", 0, -1);
  }

  @Override
  protected void flags(Flags flags) {
    flags
        .stopAtArgument()
        .toggle('a', "all", "Show all containers in the live table (default shows just running)")
        .toggle("no-stream", "Print the live table once; so it is if standard output is no terminal")
        .one('s', "sort", "string", "Order of the live table: cpu, memory, network, block, pids or name (default \"cpu\")");
  }

  @Override
  protected String examples() {
    return "proa top\nproa top --sort memory --no-stream\nproa top web -o pid,user,args";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    if (call.arguments().isEmpty()) {
      LiveTable.Order order = LiveTable.Order.named(call.flags().get("sort", "cpu"));
      if (order == null) {
        throw new CliException(125, "invalid argument \"" + call.flags().get("sort") + "\" for \"-s, --sort\" flag: cpu, memory, network, block, pids and name are known");
      }
      boolean once = call.flags().has("no-stream") || !Terminal.isTerminal(1);
      return new LiveTable(call, order, call.flags().has("all")).run(once);
    }
    List<String> options = call.arguments().subList(1, call.arguments().size());
    Object top =
        call.engine().get("/containers/" + Engine.escape(call.argument(0)) + "/top" + (options.isEmpty() ? "" : "?ps_args=" + Engine.escape(String.join(" ", options))));
    List<List<String>> lines = new ArrayList<>();
    lines.add(Json.list(top, "Titles").stream().map(String::valueOf).toList());
    for (Object process : Json.list(top, "Processes")) {
      lines.add(ContainerVerbs.list(process).stream().map(String::valueOf).toList());
    }
    Table.printAligned(call.out(), lines);
    return 0;
  }
}
