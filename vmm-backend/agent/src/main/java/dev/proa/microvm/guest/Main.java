package dev.proa.microvm.guest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code proa kernel}: the kernels of microVMs, in the data root of a daemon on this machine. It works on files and needs no daemon. */
public final class Main {
  private static final String USAGE =
      """
      usage: proa kernel install [--data-root DIR] [PATH | apt]   from a Debian package, a vmlinuz or a vmlinux; by itself from apt
             proa kernel ls [--data-root DIR]
             proa kernel rm [--data-root DIR] VERSION|DIGEST...
      """;

  private static final Path DATA_ROOT = Path.of("/var/lib/proa");

  /** The one that Debian makes for virtual machines. */
  private static final String META_PACKAGE = "linux-image-cloud-amd64";

  private static final Pattern DEPENDS = Pattern.compile("Depends: (linux-image-[0-9]\\S*)");
  /** What proad writes into a data root when it takes it; it refuses one that has files of somebody else's. */
  private static final String LAYOUT = "proa.layout";

  private static final int USAGE_STATUS = 2;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    List<String> words = new ArrayList<>();
    Path dataRoot = DATA_ROOT;
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      if (word.startsWith("--data-root=")) {
        dataRoot = Path.of(word.substring("--data-root=".length()));
      } else if (word.equals("--data-root") && i + 1 < arguments.size()) {
        dataRoot = Path.of(arguments.get(++i));
      } else if (word.startsWith("-")) {
        err.print(USAGE);
        return USAGE_STATUS;
      } else {
        words.add(word);
      }
    }
    if (!Files.exists(dataRoot.resolve(LAYOUT))) {
      err.println("proa kernel: " + dataRoot + " is no data root of proad: start it there once, or choose another --data-root");
      return 1;
    }
    KernelStore store = new KernelStore(dataRoot.resolve("isolation").resolve("microvm").resolve("kernels"));
    try {
      switch (words.isEmpty() ? "" : words.getFirst()) {
        case "install" -> {
          if (words.size() > 2) {
            err.print(USAGE);
            return USAGE_STATUS;
          }
          print(out, words.size() == 1 || words.get(1).equals("apt") ? fromApt(store) : store.install(Path.of(words.get(1))));
        }
        case "ls" -> {
          out.printf("%-32s %-14s %-22s %s%n", "VERSION", "DIGEST", "INSTALLED", "MODULES");
          for (KernelStore.Kernel kernel : store.list()) {
            out.printf(
                "%-32s %-14s %-22s %d%n", kernel.version(), kernel.digest().substring(0, 12), kernel.installed().truncatedTo(java.time.temporal.ChronoUnit.SECONDS),
                kernel.modules().size());
          }
        }
        case "rm" -> {
          if (words.size() < 2) {
            err.print(USAGE);
            return USAGE_STATUS;
          }
          for (String name : words.subList(1, words.size())) {
            KernelStore.Kernel kernel = store.find(name);
            store.remove(kernel);
            out.println(kernel.version());
          }
        }
        default -> {
          err.print(USAGE);
          return USAGE_STATUS;
        }
      }
      return 0;
    } catch (IOException e) {
      err.println("proa kernel: " + (e instanceof java.nio.file.NoSuchFileException ? "no such file: " + e.getMessage() : e.getMessage()));
      return 1;
    } catch (InterruptedException e) {
      return 1;
    }
  }

  private static void print(PrintStream out, KernelStore.Kernel kernel) {
    out.println(kernel.version() + " (sha256:" + kernel.digest().substring(0, 12) + ", " + kernel.modules().size() + " modules)");
  }

  private static KernelStore.Kernel fromApt(KernelStore store) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("proa-kernel");
    try {
      Matcher depends = DEPENDS.matcher(command(folder, "apt-cache", "depends", META_PACKAGE));
      if (!depends.find()) {
        throw new IOException("apt knows no package " + META_PACKAGE + ": run apt-get update, or give the path of a kernel's package");
      }
      command(folder, "apt-get", "download", "-q", depends.group(1));
      try (Stream<Path> files = Files.list(folder)) {
        Path deb = files.filter(file -> file.toString().endsWith(".deb")).findFirst().orElseThrow(() -> new IOException("apt-get brought no package"));
        return store.install(deb);
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static String command(Path folder, String... words) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException("there is no " + words[0] + " here: give the path of a kernel's package", e);
    }
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", words) + " failed: " + output.strip());
    }
    return output;
  }
}
