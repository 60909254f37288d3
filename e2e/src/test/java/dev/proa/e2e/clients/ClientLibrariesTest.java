package dev.proa.e2e.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** docker-java and Testcontainers against an engine of their own, each test of {@link RunnerInNamespace}'s as one here. */
class ClientLibrariesTest {
  private static final Path E2E = Path.of("").toAbsolutePath();
  private static final long DEADLINE_SECONDS = 300;

  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> dockerJava() throws Exception {
    return run(DockerJavaInNamespace.class);
  }

  @TestFactory
  List<DynamicTest> testcontainers() throws Exception {
    return run(JavaTestcontainersInNamespace.class);
  }

  @TestFactory
  List<DynamicTest> testcontainersWithAReaper() throws Exception {
    Path reaper = folder.resolve("reaper");
    command("gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", reaper.toString(), E2E.resolve("clients/reaper.c").toString());
    return run(ReaperInNamespace.class, image("reaper", "testcontainers/ryuk:0.14.0", "[\"/reaper\"]", "--program", reaper.toString()));
  }

  private Path image(String name, String reference, String command, String... more) throws Exception {
    Path archive = folder.resolve(name + ".tar");
    List<String> make = new ArrayList<>(List.of("python3", E2E.resolve("lib/mkimage.py").toString(), name, "--rootfs", "busybox", "--tag", reference));
    make.addAll(List.of("--cmd", command, "--out", archive.toString()));
    make.addAll(List.of(more));
    command(make.toArray(String[]::new));
    return archive;
  }

  private static void command(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** Starts an engine, loads the images, runs the class's tests in a JVM beside it. A last test is that the engine leaves nothing behind. */
  private List<DynamicTest> run(Class<?> tests, Path... images) throws Exception {
    assumeTrue(Files.isExecutable(E2E.resolve("../framework/distribution/target/proa/bin/proad")), "the tree is not built");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can make the namespaces this needs");
    List<Path> archives = new ArrayList<>(List.of(images));
    archives.add(image("small", "pcsuite/busybox:1", "[\"sh\"]"));
    // The class path is longer than a command line may be on some systems, and the engine's script wants a short one.
    Path arguments = folder.resolve("java-arguments");
    Files.writeString(arguments, "-cp \"" + System.getProperty("java.class.path").replace("\\", "\\\\") + "\"\n");
    List<String> command = new ArrayList<>(List.of(E2E.resolve("engine").toString(), "--"));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + arguments,
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            // Testcontainers keeps settings in the home folder.
            "-Duser.home=" + folder,
            RunnerInNamespace.class.getName(),
            tests.getName()));
    archives.forEach(archive -> command.add(archive.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
    builder.environment().put("TESTCONTAINERS_RYUK_DISABLED", Boolean.toString(images.length == 0));
    // What it tries binds with; else it asks a registry for one of its own, for two minutes.
    builder.environment().put("TESTCONTAINERS_TINYIMAGE_CONTAINER_IMAGE", "pcsuite/busybox:1");
    return results(builder.start());
  }

  private static List<DynamicTest> results(Process process) throws Exception {
    List<DynamicTest> results = new ArrayList<>();
    StringBuilder said = new StringBuilder();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        RunnerInNamespace.Result result = RunnerInNamespace.Result.parse(line);
        if (result == null) {
          said.append(line).append('\n');
        } else {
          results.add(dynamicTest(result.name(), () -> assertThat(result.failure()).isEmpty()));
        }
      }
    }
    boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    results.add(
        dynamicTest(
            "nothing is left behind",
            () -> {
              assertThat(ended).isTrue();
              assertThat(process.exitValue()).as(said.toString()).isZero();
            }));
    return results;
  }
}
