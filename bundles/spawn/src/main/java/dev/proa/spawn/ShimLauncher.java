package dev.proa.spawn;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spawn.internal.ShimClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the shim of an exec root, or starts it. A shim that is started runs from its own copy of its jars ({@code EXEC_ROOT/shim/VERSION/}), so that
 * an upgrade of the daemon's files does not change classes under it.
 */
public final class ShimLauncher {
  private static final Logger LOG = LoggerFactory.getLogger(ShimLauncher.class);

  private static final String MAIN_CLASS = "dev.proa.shim.Main";
  // A second on a machine, most of a minute on an emulated one.
  private static final Duration START_TIME = Duration.ofSeconds(120);
  // A few hundred lines of code and a few hundred containers: small heap, no second compiler, no service threads, nothing in /tmp.
  private static final List<String> JVM_FLAGS =
      List.of(
          "-Xmx64m",
          "-Xms8m",
          "-Xss512k",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:ReservedCodeCacheSize=16m",
          "-XX:MaxMetaspaceSize=64m",
          "-XX:-UsePerfData",
          "-XX:+DisableAttachMechanism",
          "-Xshare:auto",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=deny");

  /** Property: how long a shim that no daemon uses and that keeps nothing stays; 60 if it is not set. */
  public static final String ABANDONED_SECONDS = "proa.shim.abandoned-seconds";

  /** File in the exec root, locked by whoever looks for a shim or starts one. */
  public static final String START_LOCK = "shim-start.lock";

  private final Path execRoot;
  private final List<Path> classPath;
  private final Path java;

  /**
   * With the {@code java} of this JVM.
   *
   * @param execRoot must exist, and be this daemon's alone
   * @param classPath jars (or directories of classes) of proa-linux, proa-spawn and proa-shim
   */
  public ShimLauncher(Path execRoot, List<Path> classPath) {
    this(execRoot, classPath, Path.of(System.getProperty("java.home"), "bin", "java"));
  }

  public ShimLauncher(Path execRoot, List<Path> classPath, Path java) {
    this.execRoot = execRoot.toAbsolutePath();
    this.classPath = List.copyOf(classPath);
    this.java = java;
  }

  /** Where the shim of this exec root listens. */
  public Path socket() {
    return execRoot.resolve("shim.sock");
  }

  /** Takes the lease of a living shim, or starts one. */
  public Shim connectOrStart() throws IOException, InterruptedException {
    // One starter at a time: two daemons on one exec root are the daemon's mistake, but two shims would be ours.
    try (Fd lock = Fs.openat(Fd.cwd(), execRoot.resolve(START_LOCK).toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600)) {
      Io.flock(lock, Fcntl.LOCK_EX);
      try {
        return upToDate(ShimClient.connect(socket(), execRoot));
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ECONNREFUSED) {
          throw e;
        }
      }
      start();
      return connect();
    }
  }

  /** A shim of another build becomes this one's in place. One that cannot goes on as it is: it speaks the same protocol. */
  private Shim upToDate(ShimClient client) throws IOException, InterruptedException {
    String mine = hashOfClassPath();
    if (client.build().isEmpty() || client.build().equals(mine)) {
      return client;
    }
    int pid = client.pid();
    try {
      check();
      client.upgrade(command());
    } catch (IOException e) {
      LOG.warn("the shim (pid {}) stays at build {}: {}", pid, client.build(), e.getMessage());
      return client;
    }
    client.close();
    ShimClient successor = ShimClient.connect(socket(), execRoot);
    LOG.info("the shim (pid {}) is of build {} now", successor.pid(), successor.build());
    return successor;
  }

  /** Whether the build that is about to replace another can run at all: once it is in its place there is no way back. */
  private void check() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(command());
    command.set(command.size() - 1, "--check");
    ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(execRoot.resolve("shim.log").toFile()));
    Process process = builder.start();
    if (!process.waitFor(START_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new IOException("the newer one did not end its check within " + START_TIME.toSeconds() + " s");
    }
    if (process.exitValue() != 0) {
      throw new IOException("the newer one cannot run: exit code " + process.exitValue() + ", " + lastLine(execRoot.resolve("shim.log")));
    }
  }

  /** Takes the lease of a living shim; ENOENT or ECONNREFUSED when there is none. */
  public Shim connect() throws IOException, InterruptedException {
    return ShimClient.connect(socket(), execRoot);
  }

  /** The program and its arguments. */
  private List<String> command() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(JVM_FLAGS);
    command.add("-XX:ErrorFile=" + execRoot.resolve("shim-crash.log"));
    if (FaultPoints.file() != null) {
      command.add("-D" + FaultPoints.PROPERTY + "=" + FaultPoints.file());
    }
    String abandoned = System.getProperty(ABANDONED_SECONDS);
    if (abandoned != null) {
      command.add("-D" + ABANDONED_SECONDS + "=" + abandoned);
    }
    command.add("-Dproa.build=" + hashOfClassPath());
    command.add("-cp");
    command.add(String.join(":", copyOfClassPath().stream().map(Path::toString).toList()));
    command.add(MAIN_CLASS);
    command.add(execRoot.toString());
    return command;
  }

  private void start() throws IOException, InterruptedException {
    List<String> command = command();
    Path log = execRoot.resolve("shim.log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
    builder.environment().clear(); // nothing of the daemon's environment is a container's business
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = builder.start();
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                answer.complete(String.valueOf(lines.readLine()));
              } catch (IOException e) {
                answer.completeExceptionally(e);
              }
            });
    try {
      if (!answer.get(START_TIME.toMillis(), TimeUnit.MILLISECONDS).equals("ready")) {
        process.waitFor();
        throw new IOException("the shim ended with code " + process.exitValue() + " before it was ready: " + lastLine(log));
      }
    } catch (TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("the shim was not ready after " + START_TIME.toSeconds() + " s; see " + log, e);
    } catch (ExecutionException e) {
      process.destroyForcibly();
      throw new IOException("cannot read what the shim says; see " + log, e.getCause());
    }
  }

  private static String lastLine(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines.reduce((a, b) -> b).orElse("it said nothing") + " (" + log + ")";
    }
  }

  /** {@code EXEC_ROOT/shim/HASH/}, made once for these very contents. */
  private List<Path> copyOfClassPath() throws IOException {
    Path versions = execRoot.resolve("shim");
    Files.createDirectories(versions, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path version = versions.resolve(hashOfClassPath());
    List<Path> copies = new ArrayList<>();
    for (int i = 0; i < classPath.size(); i++) {
      copies.add(version.resolve(i + "-" + classPath.get(i).getFileName()));
    }
    if (Files.isDirectory(version)) {
      return copies;
    }
    Path making = Files.createTempDirectory(versions, "making-");
    for (int i = 0; i < classPath.size(); i++) {
      copy(classPath.get(i), making.resolve(copies.get(i).getFileName()));
    }
    Files.move(making, version, StandardCopyOption.ATOMIC_MOVE);
    return copies;
  }

  private String hashOfClassPath() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path entry : classPath) {
        for (Path file : files(entry)) {
          digest.update(entry.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
          digest.update(Files.readAllBytes(file));
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = from.equals(file) ? to : to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  private static List<Path> files(Path entry) throws IOException {
    if (!Files.exists(entry)) {
      throw new IOException(entry + " of the shim's class path is missing");
    }
    try (Stream<Path> files = Files.walk(entry)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
