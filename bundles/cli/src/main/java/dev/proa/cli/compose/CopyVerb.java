package dev.proa.cli.compose;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.Invocation;
import dev.proa.cli.Verb;
import dev.proa.cli.command.ContainerCopy;
import java.io.IOException;

/** {@code compose cp}: files into or out of a service's container. */
final class CopyVerb extends Verb {
  private final Scope scope;

  CopyVerb(Scope scope) {
    super("compose cp [OPTIONS] SERVICE:SRC_PATH DEST_PATH | SRC_PATH SERVICE:DEST_PATH", "Copy files/folders between a service container and the local filesystem", 2, 2);
    this.scope = scope;
  }

  @Override
  protected void flags(Flags flags) {
    flags.toggle('a', "archive", "Keep owners").toggle('L', "follow-link", "Follow symbolic links in SRC_PATH").number((char) 0, "index", "Index of the container if the service has several");
  }

  @Override
  protected int run(Invocation call) throws IOException {
    String from = call.argument(0);
    String to = call.argument(1);
    boolean out = from.contains(":") && !from.startsWith("/") && !from.startsWith(".");
    boolean in = to.contains(":") && !to.startsWith("/") && !to.startsWith(".");
    if (out == in) {
      throw new CliException(1, "one of the two paths is to be SERVICE:PATH");
    }
    String[] there = (out ? from : to).split(":", 2);
    Container container = scope.one(there[0], call.flags().number("index"));
    ContainerCopy copy = new ContainerCopy(scope.engine(), container.id(), call.flags().has("follow-link"), call.flags().has("archive"));
    if (out) {
      copy.out(there[1], to, call.rawOut());
    } else {
      copy.in(from, there[1], call.in());
    }
    return 0;
  }
}
