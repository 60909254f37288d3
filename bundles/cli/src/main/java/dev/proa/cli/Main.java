package dev.proa.cli;

import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code proa VERB …}: finds the verb, parses its flags, runs it, turns what goes wrong into a message and an exit status. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 16 << 10), false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int status;
    try {
      status = run(List.of(args), out, err);
    } catch (CliException e) {
      out.flush();
      if (!String.valueOf(e.getMessage()).isEmpty()) {
        err.println(e.getMessage());
      }
      status = e.status();
    } catch (EngineException e) {
      out.flush();
      err.println("Error response from daemon: " + e.getMessage());
      status = 1;
    } catch (IOException e) {
      out.flush();
      status = 1;
      if ("Broken pipe".equals(e.getMessage())) {
        status = 141; // as SIGPIPE would have ended it
      } else {
        err.println("proa: " + Objects.requireNonNullElse(e.getMessage(), e.toString()));
      }
    } catch (Json.JsonException e) {
      out.flush();
      err.println("proa: the daemon's answer is " + e.getMessage());
      status = 1;
    }
    out.flush();
    // exit, not return: a thread may still wait for input
    System.exit(status);
  }

  static int run(List<String> args, PrintStream out, PrintStream err) throws IOException {
    GlobalFlags global = new GlobalFlags(args);
    if (global.version()) {
      out.println("Proa version " + version());
      return 0;
    }
    List<String> rest = global.rest();
    if (global.help() || rest.isEmpty()) {
      out.print(Help.all());
      return 0;
    }
    if (rest.getFirst().equals("help")) {
      rest = rest.size() == 1 ? List.of("--help") : append(rest.subList(1, rest.size()), "--help");
      return run(rest, out, err);
    }
    if (Verbs.isGroup(rest.getFirst()) && (rest.size() == 1 || List.of("-h", "--help").contains(rest.get(1)))) {
      out.print(Help.group(rest.getFirst()));
      return 0;
    }
    Verbs.Found found = Verbs.find(rest);
    return call(found.verb(), rest.subList(found.words(), rest.size()), new Connector(global.target()), out, err);
  }

  /** @param line what follows the verb */
  static int call(Verb verb, List<String> line, Connector connector, PrintStream out, PrintStream err) throws IOException {
    Flags flags = new Flags();
    verb.flags(flags);
    try {
      flags.parse(line);
      if (flags.has("help")) {
        out.print(Help.of(verb, flags));
        return 0;
      }
      verb.checkArguments(flags.arguments().size());
      return verb.run(new Invocation(flags, connector, out, err));
    } catch (Flags.UsageException e) {
      throw new CliException(
          125, e.getMessage() + "\n\nUsage:  proa " + verb.usage() + "\n\nRun 'proa " + verb.name() + " --help' for more information");
    }
  }

  private static List<String> append(List<String> list, String word) {
    List<String> longer = new ArrayList<>(list);
    longer.add(word);
    return longer;
  }

  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version.replace("-SNAPSHOT", "-dev");
  }
}
