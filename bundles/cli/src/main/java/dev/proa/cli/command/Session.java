package dev.proa.cli.command;

import dev.proa.cli.Invocation;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.terminal.Signals;
import dev.proa.cli.terminal.Terminal;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The streams of a process in a container, joined to ours. Without a terminal the output comes as frames of
 * {@code [stream, 0, 0, 0, length (4, big endian)] payload}, with one it comes raw.
 */
public final class Session implements AutoCloseable {
  private final Invocation call;
  private final Engine.Answer answer;
  private final boolean tty;
  private final Terminal terminal = new Terminal(0);
  private final Thread restorer = new Thread(terminal::restore);

  Session(Invocation call, Engine.Answer answer, boolean tty) {
    this.call = call;
    this.answer = answer;
    this.tty = tty;
  }

  /** How a path for this process's resize is called. */
  interface Resize {
    String path(int rows, int columns);
  }

  /** Puts our terminal, if it is one, into raw mode; set back when this closes or the process ends. */
  void rawTerminal() {
    if (tty && Terminal.isTerminal(0)) {
      Runtime.getRuntime().addShutdownHook(restorer);
      terminal.makeRaw();
    }
  }

  /** Keeps the size of the container's terminal that of ours. */
  void followSize(Resize resize) {
    if (tty && Terminal.isTerminal(1)) {
      sendSize(resize);
      Signals.handle(
          name -> {
            if (name.equals("WINCH")) {
              sendSize(resize);
            } else {
              // with a terminal in raw mode Ctrl-C is a key; a signal comes from outside and is meant for this command
              terminal.restore();
              Runtime.getRuntime().halt(128 + (name.equals("TERM") ? 15 : name.equals("HUP") ? 1 : 2));
            }
          });
    }
  }

  private void sendSize(Resize resize) {
    Terminal.Size size = new Terminal(1).size();
    if (size == null) {
      return;
    }
    try {
      call.engine().post(resize.path(size.rows(), size.columns()), null);
    } catch (IOException | EngineException e) {
      // the process may have ended, or not begun; the next change of size sets it right
      return;
    }
  }

  /** Sends our signals on to the container. */
  void forwardSignals(String container) {
    Signals.handle(
        name -> {
          if (name.equals("WINCH")) {
            return;
          }
          try {
            call.engine().post("/containers/" + container + "/kill?signal=SIG" + name, null);
          } catch (IOException | EngineException e) {
            call.err().println("could not send SIG" + name + ": " + e.getMessage());
          }
        });
  }

  /** Sends standard input until it ends, then says so. */
  void sendInput() {
    Thread pump =
        new Thread(
            () -> {
              try {
                InputStream in = call.in();
                OutputStream out = answer.connection().output();
                byte[] buffer = new byte[32 << 10];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                  out.write(buffer, 0, n);
                }
                answer.connection().shutdownOutput();
              } catch (IOException e) {
                // the process has closed its input, or ended: its output tells the rest
                return;
              }
            },
            "stdin");
    pump.setDaemon(true);
    pump.start();
  }

  /** Copies the output until it ends. */
  void copyOutput() throws IOException {
    copy(answer.body(), tty, call.rawOut(), call.rawErr());
  }

  /** Copies what comes to its end; frames go to one of the two outputs each. */
  public static void copy(InputStream body, boolean raw, OutputStream out, OutputStream err) throws IOException {
    byte[] buffer = new byte[32 << 10];
    if (raw) {
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        out.write(buffer, 0, n);
      }
      return;
    }
    byte[] head = new byte[8];
    while (true) {
      int got = body.readNBytes(head, 0, 8);
      if (got == 0) {
        return;
      }
      if (got < 8) {
        throw new EOFException("the stream ended in the middle of a frame");
      }
      long left = (head[4] & 0xffL) << 24 | (head[5] & 0xff) << 16 | (head[6] & 0xff) << 8 | head[7] & 0xff;
      OutputStream to = head[0] == 2 ? err : out;
      while (left > 0) {
        int n = body.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          throw new EOFException("the stream ended in the middle of a frame");
        }
        to.write(buffer, 0, n);
        left -= n;
      }
    }
  }

  @Override
  public void close() throws IOException {
    terminal.restore();
    answer.close();
  }
}
