package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.State;
import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a plugin in a JVM of its own ({@code dev.proa.launcher.Probation}) with little memory, for a limited time, in folders that are thrown away. The
 * verdict comes by a file, a line each: {@code at STEP} when one begins, {@code warning TEXT}, and last {@code ok}, {@code skipped TEXT} or {@code failed TEXT}; a process that ends
 * without one has been ended by the plugin.
 */
final class ProbationProcess implements Probation {
  private static final Logger LOG = LoggerFactory.getLogger(ProbationProcess.class);
  /** Beside the heap. */
  private static final int RESIDENT_LIMIT_MIB = 416;
  private static final long PAGE_BYTES = 4096;
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final int SHOWN = 600;

  private static final String PREFIX = "probation-";

  private final DaemonSettings settings;
  private final Path parent;
  private final Path runParent;
  private final Supplier<Limits> limits;

  /** What a plugin gets. */
  record Limits(Duration deadline, int heapMib) {}

  /**
   * Drivers find in probation the file systems that they will find later.
   *
   * @param parent of the folders for what is kept, in the data root
   * @param runParent of the folders for what may be lost at a reboot, in the exec root
   */
  ProbationProcess(DaemonSettings settings, Path parent, Path runParent, Supplier<Limits> limits) {
    this.settings = settings;
    this.parent = parent;
    this.runParent = runParent;
    this.limits = limits;
    clean(parent);
    clean(runParent);
  }

  private static void clean(Path parent) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, PREFIX + "*")) {
      left.forEach(ProbationProcess::remove);
    } catch (IOException e) {
      LOG.warn("cannot clean up {}: {}", parent, e.toString());
    }
  }

  @Override
  public List<String> examine(Path jar) throws PluginFailure {
    Path folder = null;
    Path run = null;
    Limits now = limits.get();
    try {
      folder = Files.createTempDirectory(parent, PREFIX);
      run = Files.createTempDirectory(runParent, PREFIX);
      Path verdict = folder.resolve("verdict");
      Path output = folder.resolve("output");
      Process process = command(jar, folder, run, verdict, now).redirectErrorStream(true).redirectOutput(output.toFile()).start();
      String killed = watch(process, now.deadline());
      return judge(verdict, output, process, killed, now.heapMib());
    } catch (IOException e) {
      throw new PluginFailure("probation could not be made: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PluginFailure("interrupted while it was tried");
    } finally {
      if (run != null) {
        remove(run);
      }
      if (folder != null) {
        remove(folder);
      }
    }
  }

  private ProcessBuilder command(Path jar, Path folder, Path run, Path verdict, Limits now) {
    String home = settings.home().toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                settings.javaHome().resolve("bin/java").toString(),
                "-Xmx" + now.heapMib() + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:MaxDirectMemorySize=64m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=deny",
                "-Djava.io.tmpdir=" + folder,
                "-Dproa.home=" + home,
                "-cp",
                home + "/lib/*" + ":" + home + "/bundles/*",
                "dev.proa.launcher.Probation",
                jar.toString(),
                folder.toString(),
                run.toString(),
                verdict.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    return builder;
  }

  /** Waits for the end within the limits; says which limit ended it, empty for none. */
  private String watch(Process process, Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      while (!process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() > end) {
          return " did not return within " + deadline.toSeconds() + " s";
        }
        if (residentMib(process.pid()) > RESIDENT_LIMIT_MIB + limits.get().heapMib()) {
          return " took more than " + (RESIDENT_LIMIT_MIB + limits.get().heapMib()) + " MiB of memory";
        }
      }
      return "";
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private static long residentMib(long pid) {
    try {
      String[] fields = Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ");
      return Long.parseLong(fields[1]) * PAGE_BYTES >> 20;
    } catch (IOException | NumberFormatException e) {
      return 0; // it has just ended
    }
  }

  private static List<String> judge(Path verdict, Path output, Process process, String killed, int heapMib) throws IOException, PluginFailure {
    List<String> lines = Files.exists(verdict) ? Files.readAllLines(verdict) : List.of();
    if (!killed.isEmpty()) {
      String at = lines.stream().filter(line -> line.startsWith("at ")).reduce((first, last) -> last).map(line -> line.substring("at ".length())).orElse("it");
      throw new PluginFailure("in probation " + at + killed);
    }
    List<String> warnings = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", 2);
      String text = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case "ok" -> {
          return warnings;
        }
        case "warning" -> warnings.add(text);
        case "skipped" -> throw new PluginFailure(State.SKIPPED, text);
        case "failed" -> throw new PluginFailure("in probation: " + text);
        default -> {}
      }
    }
    String said = Files.readString(output);
    boolean memory = said.contains("OutOfMemoryError") || process.exitValue() == 3;
    throw new PluginFailure(
        memory
            ? "in probation it took more than " + heapMib + " MiB of heap"
            : "in probation it ended the JVM with status " + process.exitValue() + (said.isBlank() ? "" : ": " + said.strip().substring(0, Math.min(SHOWN, said.strip().length())).toLowerCase(Locale.ROOT)));
  }

  private static void remove(Path folder) {
    try (java.util.stream.Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      LOG.warn("cannot remove {}: {}", folder, e.toString());
    }
  }
}
