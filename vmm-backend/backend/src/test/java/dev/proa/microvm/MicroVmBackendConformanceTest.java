package dev.proa.microvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Processes;
import dev.proa.microvm.agent.AgentBinary;
import dev.proa.spi.DriverContext;
import dev.proa.spi.conformance.IsolationBackendSuite;
import dev.proa.spi.isolation.IsolationBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The backend with the agent in namespaces in place of a machine: everything but the VMM. */
class MicroVmBackendConformanceTest extends IsolationBackendSuite {
  private static final String PARENT = "/proa-microvm-test-" + Processes.getpid();
  private static ShimForTests shim;

  @TempDir private static Path binaries;

  @BeforeAll
  static void startShim() throws Exception {
    if (Processes.geteuid() == 0) {
      shim = ShimForTests.start();
    }
  }

  @AfterAll
  static void stopShim() throws Exception {
    if (shim != null) {
      shim.close();
      CgroupsForTests.removeParent(PARENT);
    }
  }

  @Override
  protected @Nullable String missing() {
    return AgentBinary.isThere() ? super.missing() : "there was no C compiler";
  }

  @Override
  protected IsolationBackend newBackend() {
    try {
      return new MicroVmBackend(shim.shim(), new StandInGuest(binaries, shim.shim().pid(), PARENT), PARENT, Duration.ofSeconds(30));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The stand-in's are the host's as well, and the monitor is one more. */
  @Override
  protected int hostProcesses(int processes) {
    return processes + 1;
  }

  @Override
  protected void checkLeftovers(DriverContext folders) throws Exception {
    try (Stream<Path> tasks = Files.list(folders.runDir().resolve("tasks"))) {
      assertThat(tasks).as("folders of deleted tasks").isEmpty();
    }
    assertThat(CgroupsForTests.below(PARENT)).as("control groups of deleted tasks").isEmpty();
    assertThat(shim.shim().list()).as("processes of deleted tasks").isEmpty();
    assertThat(shim.shim().parked()).as("descriptors of deleted tasks").isEmpty();
  }
}
