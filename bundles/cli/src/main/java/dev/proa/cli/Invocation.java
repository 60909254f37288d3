package dev.proa.cli;

import dev.proa.cli.context.Target;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;

/** One call of a verb: its flags, the engine, the three streams. */
public final class Invocation {
  private final Flags flags;
  private final Connector connector;
  private final PrintStream out;
  private final PrintStream err;

  Invocation(Flags flags, Connector connector, PrintStream out, PrintStream err) {
    this.flags = flags;
    this.connector = connector;
    this.out = out;
    this.err = err;
  }

  public Flags flags() {
    return flags;
  }

  public List<String> arguments() {
    return flags.arguments();
  }

  public String argument(int index) {
    return flags.arguments().get(index);
  }

  public Engine engine() {
    return connector.engine();
  }

  /** Which daemon the command line means. */
  public Target target() {
    return connector.target();
  }

  /** Buffered; flushed when the verb ends. */
  public PrintStream out() {
    return out;
  }

  public PrintStream err() {
    return err;
  }

  /**
   * Calls another verb, as if it stood on the command line.
   *
   * @param line its flags and arguments
   */
  public int sub(Verb verb, List<String> line) throws IOException {
    return Main.call(verb, line, connector, out, err);
  }

  /** Standard output without a buffer, for what has to be seen at once; a broken pipe throws. */
  public OutputStream rawOut() {
    out.flush();
    return new FileOutputStream(FileDescriptor.out);
  }

  public OutputStream rawErr() {
    return new FileOutputStream(FileDescriptor.err);
  }

  public InputStream in() {
    return new FileInputStream(FileDescriptor.in);
  }

  /** What is done to one of several things. */
  @FunctionalInterface
  public interface Action {
    /** @return what is printed for it, nothing if empty */
    String on(String name) throws IOException;
  }

  /** Does it to every argument; one that fails does not stop the others. */
  public int each(List<String> names, Action action) throws IOException {
    int status = 0;
    for (String name : names) {
      try {
        String line = action.on(name);
        if (!line.isEmpty()) {
          out.println(line);
        }
      } catch (EngineException e) {
        out.flush();
        err.println("Error response from daemon: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}
