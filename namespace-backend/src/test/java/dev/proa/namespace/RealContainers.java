package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proa.linux.Processes;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.ProcessStreams;
import dev.proa.spi.conformance.RootFileSystem;
import dev.proa.spi.conformance.TaskRecorder;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.Timeout;

/** What tests of real containers have in common: a shim, a backend, a root of busybox, and nothing left behind. */
@Timeout(120)
abstract class RealContainers {
  static final String PARENT = "/proa-test-real-" + Processes.getpid();
  static final boolean V2 = CgroupLayout.discover().pureV2();
  static ShimForTests shim;

  @TempDir Path directory;
  final TaskRecorder recorder = new TaskRecorder();
  final List<String> made = new ArrayList<>();
  NamespaceBackend backend;
  Path lower;

  record Folders(Path stateDir, Path runDir) implements DriverContext {}

  @BeforeAll
  static void startShim() throws Exception {
    assumeTrue(Processes.geteuid() == 0, "skipped: namespaces and cgroups need root");
    shim = ShimForTests.start();
  }

  @AfterAll
  static void stopShim() throws Exception {
    if (shim != null) {
      shim.close();
      CgroupsForTests.removeParent(PARENT);
    }
  }

  @BeforeEach
  void open() throws IOException {
    lower = RootFileSystem.make(Files.createDirectories(directory.resolve("lower")));
    Path run = Files.createDirectories(directory.resolve("run"));
    backend = new NamespaceBackend(shim.shim(), PARENT);
    backend.open(new Folders(directory, run), recorder);
  }

  @AfterEach
  void deleteAll() throws Exception {
    made.forEach(backend::delete);
    assertThat(backend.walk()).isEmpty();
    assertThat(CgroupsForTests.below(PARENT)).as("control groups of deleted tasks").isEmpty();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).as("mounts on the host").doesNotContain(directory.toString());
    backend.close();
  }


  static Spec sh(String script) {
    return Containers.docker("sh", "-c", script);
  }

  List<Mount> overlay() {
    try {
      // The upper folder's mode is the root's.
      Path upper = Files.createDirectory(directory.resolve("upper-" + made.size()));
      Files.setPosixFilePermissions(upper, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
      Path work = Files.createTempDirectory(directory, "work");
      return List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  String create(Spec spec, boolean stdin) {
    return create(spec, stdin, overlay());
  }

  String create(Spec spec, boolean stdin, List<Mount> root) {
    byte[] bytes = new byte[32];
    java.util.concurrent.ThreadLocalRandom.current().nextBytes(bytes);
    String id = java.util.HexFormat.of().formatHex(bytes);
    made.add(id);
    backend.create(new TaskSpec(id, spec, root, stdin));
    return id;
  }

  /** Starts it and waits until it says "ready". */
  String start(Spec spec) throws IOException {
    String id = create(spec, false);
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      streams.stdoutUntil("ready");
    }
    return id;
  }

  /** Its standard output and then its errors. */
  String run(Spec spec) throws IOException {
    return run(spec, overlay());
  }

  String run(Spec spec, List<Mount> root) throws IOException {
    String id = create(spec, false, root);
    try (ProcessStreams streams = new ProcessStreams(backend.streams(id, null))) {
      backend.start(id);
      String out = streams.stdoutToEnd() + streams.stderrToEnd();
      assertThat(recorder.await(id, null, Duration.ofSeconds(30))).as("the end of %s, which said %s", id, out).isNotNull();
      return out;
    }
  }

  ExecSpec exec(String id, String execId, String... args) {
    return new ExecSpec(id, execId, Containers.docker(args).process(), false, false);
  }

  /** What it says until it ends. Its end is taken only when its streams are, as a quick one is forgotten with them. */
  String outputOf(ExecSpec exec) throws IOException {
    recorder.hold();
    try {
      backend.exec(exec);
      try (ProcessStreams streams = new ProcessStreams(backend.streams(exec.id(), exec.execId()))) {
        recorder.release();
        return streams.stdoutToEnd();
      }
    } finally {
      recorder.release();
      recorder.await(exec.id(), exec.execId());
    }
  }

  static Map<String, String> status(String text) {
    return text.lines()
        .filter(line -> line.contains(":"))
        .collect(Collectors.toMap(line -> line.substring(0, line.indexOf(':')), line -> line.substring(line.indexOf(':') + 1).strip(), (a, b) -> a));
  }

  static void assertFails(ErrorClass expected, String text, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .hasMessageContaining(text)
        .isInstanceOfSatisfying(ProaException.class, e -> assertThat(e.errorClass()).as(e.getMessage()).isEqualTo(expected));
  }
}
