package dev.proa.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.linux.Processes;
import dev.proa.spi.DriverContext;
import dev.proa.spi.conformance.IsolationBackendSuite;
import dev.proa.spi.isolation.IsolationBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class NamespaceBackendConformanceTest extends IsolationBackendSuite {
  private static final String PARENT = "/proa-test-" + Processes.getpid();
  private static ShimForTests shim;

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
  protected IsolationBackend newBackend() {
    return new NamespaceBackend(shim.shim(), PARENT);
  }

  @Override
  protected void checkLeftovers(DriverContext folders) throws Exception {
    try (Stream<Path> tasks = Files.list(folders.runDir().resolve("tasks"))) {
      assertThat(tasks).as("folders of deleted tasks").isEmpty();
    }
    assertThat(CgroupsForTests.below(PARENT)).as("control groups of deleted tasks").isEmpty();
    assertThat(shim.shim().list()).as("processes of deleted tasks").isEmpty();
  }
}
