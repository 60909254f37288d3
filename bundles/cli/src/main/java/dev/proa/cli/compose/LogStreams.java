package dev.proa.cli.compose;

import dev.proa.cli.Invocation;
import dev.proa.cli.command.Session;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What several containers write, line by line, each with its container's name in a colour of its own. */
final class LogStreams {
  private static final int MAX_LINE = 1 << 20;
  private static final int[] COLOURS = {36, 33, 32, 35, 34, 96, 93, 92, 95, 94};

  /** Which lines; {@code since} and {@code until} as the API has them. */
  record Selection(boolean follow, boolean timestamps, String tail, String since, String until) {}

  private final Engine engine;
  private final Invocation call;
  private final List<Container> containers;
  private final boolean colours;
  private final boolean prefix;
  private final OutputStream out;
  private final int width;
  private final List<Thread> threads = new ArrayList<>();

  LogStreams(Engine engine, Invocation call, List<Container> containers, boolean colours, boolean prefix) {
    this.engine = engine;
    this.call = call;
    this.containers = containers;
    this.colours = colours;
    this.prefix = prefix;
    this.out = call.rawOut();
    this.width = containers.stream().mapToInt(each -> title(each).length()).max().orElse(0);
  }

  private static String title(Container container) {
    return container.oneOff() ? container.name() : container.service() + "-" + container.number();
  }

  void start(Selection selection) {
    for (int i = 0; i < containers.size(); i++) {
      Container container = containers.get(i);
      String title = title(container);
      String padded = title + " ".repeat(width - title.length()) + " | ";
      String shown = !prefix ? "" : colours ? "\u001b[" + COLOURS[i % COLOURS.length] + "m" + padded + "\u001b[0m" : padded;
      threads.add(Thread.ofVirtual().start(() -> copy(container, shown, selection)));
    }
  }

  void join() {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void copy(Container container, String shown, Selection selection) {
    String query =
        "?stdout=1&stderr=1&follow=" + (selection.follow() ? 1 : 0) + "&timestamps=" + (selection.timestamps() ? 1 : 0) + "&tail=" + Engine.escape(selection.tail()) + "&since="
            + Engine.escape(selection.since()) + "&until=" + Engine.escape(selection.until());
    try (Engine.Answer answer = engine.open("GET", "/containers/" + container.id() + "/logs" + query, null);
        Lines plain = new Lines(shown);
        Lines errors = new Lines(shown)) {
      boolean tty = Json.isTrue(container.inspect(engine), "Config", "Tty");
      Session.copy(answer.body(), tty, plain, errors);
    } catch (IOException | EngineException e) {
      call.err().println(container.name() + ": " + e.getMessage());
    }
  }

  /** Holds what is written until a line is whole. */
  private final class Lines extends OutputStream {
    private final byte[] shown;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(String shown) {
      this.shown = shown.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
      line.write(b);
      if (b == '\n' || line.size() >= MAX_LINE) {
        end();
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int from = offset;
      for (int i = offset; i < offset + length; i++) {
        if (bytes[i] == '\n' || line.size() + i + 1 - from >= MAX_LINE) {
          line.write(bytes, from, i + 1 - from);
          from = i + 1;
          end();
        }
      }
      line.write(bytes, from, offset + length - from);
    }

    private void end() throws IOException {
      synchronized (out) {
        out.write(shown);
        line.writeTo(out);
      }
      line.reset();
    }

    @Override
    public void close() throws IOException {
      if (line.size() > 0) {
        line.write('\n');
        end();
      }
    }
  }
}
