package dev.proa.cli.command;

import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.http.Engine;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * {@code plan}: the system calls that {@code run} with the same arguments would make between clone and execve. A container is made for it and removed
 * again; nothing of it runs.
 */
public final class PlanVerb extends Verb {
  public PlanVerb() {
    super("plan [OPTIONS] IMAGE [COMMAND] [ARG...]", "Print the system calls that a start would make", 1, -1);
  }

  @Override
  protected void flags(Flags flags) {
    RunOptions.flags(flags);
    flags.toggle("json", "As JSON");
  }

  @Override
  protected String examples() {
    return """
        proa plan busybox true
        proa plan --json --read-only --user 1000 busybox id""";
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String id = RunVerb.create(call, false);
    Object plan;
    try {
      plan = call.engine().get("/proa/containers/" + Engine.escape(id) + "/plan");
    } finally {
      call.engine().delete("/containers/" + Engine.escape(id) + "?force=1&v=1");
    }
    if (call.flags().has("json")) {
      call.out().println(Json.writePretty(plan));
    } else {
      print(plan, call.out());
    }
    return 0;
  }

  /** One line a step, as a failed start names it. */
  private static void print(Object plan, PrintStream out) {
    out.println(Json.text(plan, "CloneCall"));
    long number = Json.number(plan, "FirstDescriptor");
    for (Object descriptor : Json.list(plan, "Descriptors")) {
      out.println("  descriptor " + number++ + " is <" + descriptor + ">");
    }
    for (Object step : Json.list(plan, "Steps")) {
      out.println(line(step));
    }
  }

  private static String line(Object step) {
    long index = Json.number(step, "Index");
    StringBuilder line = new StringBuilder().append(index).append(" \"").append(Json.text(step, "Name")).append("\" ").append(Json.text(step, "Text"));
    long otherwise = Json.number(step, "Otherwise");
    List<Object> tolerates = Json.list(step, "Tolerates");
    if (Json.text(step, "Kind").equals("clone")) {
      line.append("; the child goes on at ").append(otherwise);
    } else if (!tolerates.isEmpty()) {
      line.append("; no failure: ").append(String.join(", ", tolerates.stream().map(String::valueOf).toList()));
      line.append(otherwise == index + 1 ? "" : ", goes to " + otherwise);
    }
    long then = Json.number(step, "Then");
    return line.append(then == index + 1 ? "" : "; then goes to " + then).toString();
  }
}
