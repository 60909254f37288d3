package dev.proa.cli;

import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code proa VERB …}: finds the verb, parses its flags, runs it, turns what goes wrong into a message and an exit status. */
public final class Main {
  private static final String DEFAULT_HOST = "unix:///run/proa/proa.sock";

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
    String host = null;
    int at = 0;
    while (at < args.size() && args.get(at).startsWith("-")) {
      String word = args.get(at++);
      if (word.equals("-H") || word.equals("--host")) {
        if (at == args.size()) {
          throw new CliException(125, "flag needs an argument: " + (word.equals("-H") ? "'H' in -H" : "--host"));
        }
        host = args.get(at++);
      } else if (word.startsWith("--host=") || word.startsWith("-H")) {
        host = word.startsWith("-H") ? word.substring(2) : word.substring("--host=".length());
      } else if (word.equals("-h") || word.equals("--help")) {
        out.print(Help.all());
        return 0;
      } else if (word.equals("-v") || word.equals("--version")) {
        out.println("Proa version " + version());
        return 0;
      } else if (!word.equals("-D") && !word.equals("--debug")) {
        throw new CliException(125, (word.startsWith("--") ? "unknown flag: " + word : "unknown shorthand flag: '" + word.charAt(1) + "' in " + word)
            + "\n\nUsage:  proa [OPTIONS] COMMAND [ARG...]\n\nRun 'proa --help' for more information");
      }
    }
    if (at == args.size()) {
      out.print(Help.all());
      return 0;
    }
    List<String> rest = args.subList(at, args.size());
    if (rest.getFirst().equals("help")) {
      rest = rest.size() == 1 ? List.of("--help") : append(rest.subList(1, rest.size()), "--help");
      return run(rest, out, err);
    }
    Verbs.Found found = Verbs.find(rest);
    return call(found.verb(), rest.subList(found.words(), rest.size()), new Engine(socket(host)), out, err);
  }

  /** @param line what follows the verb */
  static int call(Verb verb, List<String> line, Engine engine, PrintStream out, PrintStream err) throws IOException {
    Flags flags = new Flags();
    verb.flags(flags);
    try {
      flags.parse(line);
      if (flags.has("help")) {
        out.print(Help.of(verb, flags));
        return 0;
      }
      verb.checkArguments(flags.arguments().size());
      return verb.run(new Invocation(flags, engine, out, err));
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

  /** {@code -H}, {@code PROA_HOST}, {@code DOCKER_HOST}, or the default. */
  private static Path socket(@Nullable String given) {
    String host = given;
    for (String variable : List.of("PROA_HOST", "DOCKER_HOST")) {
      if (host == null || host.isEmpty()) {
        host = System.getenv(variable);
      }
    }
    if (host == null || host.isEmpty()) {
      host = DEFAULT_HOST;
    }
    if (host.startsWith("unix://")) {
      return Path.of(host.substring("unix://".length()));
    }
    if (host.startsWith("/")) {
      return Path.of(host);
    }
    throw new CliException(1, "proa: cannot use " + host + ": only unix:///path is served");
  }

  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version.replace("-SNAPSHOT", "-dev");
  }
}
