package dev.proa.e2e.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;

/** The engine's socket inside a container, and a container there that clears up behind a JVM that went away without a word. */
class ReaperInNamespace {
  @Test
  @Timeout(90)
  void whatAJvmLeftBehindIsRemovedByTheReaper() throws Exception {
    Process leaver = new ProcessBuilder(java(), "-cp", System.getProperty("java.class.path"), Leaver.class.getName()).redirectErrorStream(true).start();
    String said = new String(leaver.getInputStream().readAllBytes());
    assertThat(leaver.waitFor()).as(said).isEqualTo(Leaver.STATUS);
    try (DockerClient docker = RunnerInNamespace.client()) {
      Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
      while (!names(docker).isEmpty() && Instant.now().isBefore(deadline)) {
        Thread.sleep(100);
      }
      assertThat(names(docker)).as(said).isEmpty();
      assertThat(docker.listNetworksCmd().exec()).extracting(network -> network.getName()).containsExactlyInAnyOrder("bridge", "host", "none");
    }
  }

  private static List<String> names(DockerClient docker) {
    return docker.listContainersCmd().withShowAll(true).exec().stream().map(container -> container.getNames()[0] + " " + container.getStatus()).toList();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Starts a container in a network and dies. */
  static final class Leaver {
    static final int STATUS = 42;

    private Leaver() {}

    @SuppressWarnings("resource") // that is the point
    public static void main(String[] arguments) {
      new GenericContainer<>("pcsuite/busybox:1").withCommand("sleep", "600").withNetwork(Network.newNetwork()).start();
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
