package dev.proa.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * An engine of its own, by the script {@code e2e/engine}: the assembled daemon in a temporary folder and a network namespace. When it is
 * closed, whatever it leaves behind fails the test.
 */
final class EngineUnderTest implements AutoCloseable {
  private static final Path E2E = Path.of("").toAbsolutePath();
  private static final long STOP_SECONDS = 120;

  private final Process process;
  private final BufferedReader output;
  private final Path socket;

  private EngineUnderTest(Process process, BufferedReader output, Path socket) {
    this.process = process;
    this.output = output;
    this.socket = socket;
  }

  /** Skips the test where there is nothing to be started. */
  static EngineUnderTest start() throws IOException {
    assumeTrue(Files.isExecutable(E2E.resolve("../framework/distribution/target/proa/bin/proad")), "the tree is not built");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can make the namespaces this needs");
    Process process =
        new ProcessBuilder(E2E.resolve("engine").toString(), "--", "sh", "-c", "echo \"$DOCKER_HOST\"; cat >/dev/null").redirectErrorStream(true).start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("unix://")) {
        return new EngineUnderTest(process, output, Path.of(line.substring("unix://".length())));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("the engine did not start:\n" + said);
  }

  Path socket() {
    return socket;
  }

  /** The archive of a small image, {@code pcsuite/busybox:1}, made without an engine. */
  static byte[] image(Path folder) throws IOException, InterruptedException {
    Path archive = folder.resolve("image.tar");
    Process maker =
        new ProcessBuilder("python3", E2E.resolve("lib/mkimage.py").toString(), "image", "--rootfs", "busybox", "--tag", "pcsuite/busybox:1", "--cmd", "[\"sh\"]", "--out", archive.toString()).redirectErrorStream(true).start();
    try (InputStream said = maker.getInputStream()) {
      String text = new String(said.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(maker.waitFor()).as(text).isZero();
    }
    return Files.readAllBytes(archive);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.outputWriter().close();
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
    }
    assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)).as("the engine has ended").isTrue();
    assertThat(process.exitValue()).as(said.toString()).isZero();
  }
}
