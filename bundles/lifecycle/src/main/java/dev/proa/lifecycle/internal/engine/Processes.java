package dev.proa.lifecycle.internal.engine;

import dev.proa.lifecycle.containers.TopView;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code docker top}: the host's ps(1), its lines chosen by the container's process ids. */
final class Processes {
  private static final long TIMEOUT_SECONDS = 10;

  /** A client's arguments may not make ps print what is not a line for each process. */
  private static final List<String> REFUSED = List.of("V", "L");

  private static final String FULL = "-ef";
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("MMMdd", Locale.ROOT);

  private final Engine engine;

  Processes(Engine engine) {
    this.engine = engine;
  }

  TopView top(ContainerRow row, @Nullable String psArguments) {
    switch (row.state().status()) {
      case RUNNING, PAUSED -> {}
      case RESTARTING -> throw ProaException.conflict("container " + row.id() + " is restarting, wait until the container is running");
      default -> throw ProaException.conflict("container " + row.id() + " is not running");
    }
    String given = psArguments == null || psArguments.isBlank() ? FULL : psArguments.strip();
    List<TaskProcess> inside = engine.isolation(row, backend -> backend.processes(row.id()));
    if (inside != null) {
      return own(inside, given);
    }
    List<String> arguments = new ArrayList<>(List.of("ps"));
    for (String argument : given.split("\\s+")) {
      if (REFUSED.contains(argument)) {
        throw ProaException.invalid("ps " + argument + " does not list processes");
      }
      arguments.add(argument);
    }
    Set<String> pids = new HashSet<>();
    engine.isolation(row, backend -> backend.pids(row.id())).forEach(pid -> pids.add(Integer.toString(pid)));
    return parse(run(arguments), pids);
  }

  /** Of a kernel that the host's ps cannot ask: its usual format, and no other. */
  static TopView own(List<TaskProcess> processes, String given) {
    if (!given.equals(FULL)) {
      throw ProaException.invalid("ps " + given + ": the processes of a kernel of its own are listed as by ps " + FULL + " alone");
    }
    List<List<String>> rows = new ArrayList<>();
    LocalDateTime now = LocalDateTime.now();
    for (TaskProcess process : processes) {
      LocalDateTime started = now.minus(process.age());
      long percent = process.age().isZero() ? 0 : Math.min(99, process.cpuTime().toMillis() * 100 / Math.max(1, process.age().toMillis()));
      rows.add(
          List.of(
              process.uid() == 0 ? "root" : Integer.toString(process.uid()),
              Integer.toString(process.pid()),
              Integer.toString(process.parentPid()),
              Long.toString(percent),
              started.toLocalDate().equals(now.toLocalDate()) ? CLOCK.format(started) : DAY.format(started),
              process.terminal(),
              "%02d:%02d:%02d".formatted(process.cpuTime().toHours(), process.cpuTime().toMinutesPart(), process.cpuTime().toSecondsPart()),
              process.command()));
    }
    return new TopView(rows, List.of("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"));
  }

  private static List<String> run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw ProaException.internal("ps did not end within " + TIMEOUT_SECONDS + " s", null);
      }
      if (process.exitValue() != 0) {
        throw ProaException.internal("error running ps: " + output.lines().findFirst().orElse("exit code " + process.exitValue()), null);
      }
      return output.lines().toList();
    } catch (IOException e) {
      throw ProaException.internal("cannot run ps on the host: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("interrupted while ps ran", e);
    }
  }

  static TopView parse(List<String> lines, Set<String> pids) {
    List<String> titles = lines.isEmpty() ? List.of() : List.of(lines.getFirst().strip().split("\\s+"));
    int pidColumn = titles.indexOf("PID");
    if (pidColumn < 0) {
      throw ProaException.invalid("Couldn't find PID field in ps output");
    }
    List<List<String>> processes = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      // The last column is the command, with its blanks.
      List<String> fields = Arrays.asList(line.strip().split("\\s+", titles.size()));
      if (fields.size() > pidColumn && pids.contains(fields.get(pidColumn))) {
        processes.add(fields);
      }
    }
    return new TopView(processes, titles);
  }
}
