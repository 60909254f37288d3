package dev.proa.cli.oci;

import dev.proa.cli.json.Json;
import dev.proa.spi.ProaException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code proa oci [GLOBAL FLAGS] COMMAND …}: runc's global flags, its exit statuses and its way to tell errors. */
public final class Main {
  private static final Path DEFAULT_ROOT = Path.of("/run/proa/oci");

  private Main() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int status = run(List.of(args), out, err);
    out.flush();
    System.exit(status);
  }

  static int run(List<String> words, PrintStream out, PrintStream err) {
    Arguments global = null;
    try {
      global =
          Arguments.parse(
              words, Set.of("root", "log", "log-format", "criu", "rootless"), Set.of("debug", "systemd-cgroup", "help", "h", "version", "v"), false);
      if (global.has("version", "v")) {
        out.println("proa oci version " + version() + "\nspec: 1.3.0");
        return 0;
      }
      if (global.rest().isEmpty() || global.has("help", "h") || global.rest().getFirst().equals("help")) {
        out.print(Usage.TEXT);
        return 0;
      }
      checkLog(global);
      String root = global.value("root");
      Arguments options = global;
      return new Runtime(root == null ? DEFAULT_ROOT : Path.of(root).toAbsolutePath(), out, err, warning -> tell(options, "warning", warning, err))
          .run(global.rest().getFirst(), global.rest().subList(1, global.rest().size()));
    } catch (ProaException | Json.JsonException e) {
      return fail(global, String.valueOf(e.getMessage()), err);
    } catch (IOException e) {
      return fail(global, e.getClass().getSimpleName() + ": " + e.getMessage(), err);
    } catch (InterruptedException e) {
      return fail(global, "interrupted", err);
    }
  }

  /** To the log, and to standard error, where engines look for it. */
  private static int fail(@Nullable Arguments global, String message, PrintStream err) {
    boolean logged = tell(global, "error", message, err);
    if (logged) {
      err.println(message);
    }
    return 1;
  }

  /** @return whether there is a log, and it took the entry; otherwise standard error has it */
  private static boolean tell(@Nullable Arguments global, String level, String message, PrintStream err) {
    String log = global == null ? null : global.value("log");
    boolean json = global != null && "json".equals(global.value("log-format"));
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("level", level);
    entry.put("msg", message);
    entry.put("time", time);
    String line = json ? Json.write(entry) : "time=\"" + time + "\" level=" + level + " msg=" + Json.write(message);
    if (log != null && !log.isEmpty()) {
      try {
        Files.writeString(Path.of(log), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return true;
      } catch (IOException e) {
        err.println("cannot write " + log + ": " + e.getMessage());
      }
    }
    err.println(line);
    return false;
  }

  /** Before anything is done whose failure could not be told. */
  private static void checkLog(Arguments global) throws IOException {
    String format = global.value("log-format");
    if (format != null && !Set.of("text", "json").contains(format)) {
      throw ProaException.invalid("invalid log-format: \"" + format + "\" is neither text nor json");
    }
    String log = global.value("log");
    if (log != null && !log.isEmpty()) {
      Files.newOutputStream(Path.of(log), StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    }
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version.replace("-SNAPSHOT", "-dev");
  }
}
