package dev.proa.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as a process, with no bundles: its directories, its locks, its end. */
class DaemonProcessTest {
  @TempDir Path folder;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void makeHome() throws IOException {
    Files.createDirectories(folder.resolve("home/bundles"));
  }

  @AfterEach
  void endWhatWasStarted() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process proad(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Dproa.home=" + folder.resolve("home"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--config-file",
                Files.writeString(folder.resolve("empty.json"), "{}").toString()));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(process);
    return process;
  }

  private Process daemon() throws IOException {
    return proad("--data-root", folder.resolve("d").toString(), "--exec-root", folder.resolve("e").toString());
  }

  private static String until(Process process, String text) throws IOException {
    StringBuilder read = new StringBuilder();
    BufferedReader reader = process.inputReader();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      read.append(line).append('\n');
      if (line.contains(text)) {
        return read.toString();
      }
    }
    throw new AssertionError("the daemon ended before it said \"" + text + "\":\n" + read);
  }

  private static String output(Process process) throws IOException, InterruptedException {
    StringBuilder output = new StringBuilder();
    for (String line = process.inputReader().readLine(); line != null; line = process.inputReader().readLine()) {
      output.append(line).append('\n');
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output.toString();
  }

  @Test
  void itStopsInOrderOnSigterm() throws Exception {
    Process daemon = daemon();
    until(daemon, " ready in ");
    assertThat(folder.resolve("e/proad.pid")).hasContent(Long.toString(daemon.pid()));
    daemon.toHandle().destroy(); // Process.destroy would close the streams as well
    assertThat(output(daemon)).contains("stopping");
    assertThat(daemon.exitValue()).isZero();
    assertThat(folder.resolve("e/proad.pid")).doesNotExist();
    assertThat(folder.resolve("e/felix")).doesNotExist();
    assertThat(folder.resolve("e/tmp")).doesNotExist();
  }

  @Test
  void aSecondDaemonOnTheSameDataRootIsRefusedAndNamesTheFirst() throws Exception {
    Process first = daemon();
    until(first, " ready in ");
    Process second = proad("--data-root", folder.resolve("d").toString(), "--exec-root", folder.resolve("e2").toString());
    assertThat(output(second)).isEqualTo("failed to start daemon: data root " + folder.resolve("d") + " is in use by another proad with pid " + first.pid() + "\n");
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(folder.resolve("e2")).doesNotExist();
  }

  @Test
  void aDaemonThatWasKilledLeavesNothingThatStopsTheNext() throws Exception {
    Process first = daemon();
    until(first, " ready in ");
    first.destroyForcibly().waitFor();
    Process second = daemon();
    until(second, " ready in ");
    second.toHandle().destroy();
    output(second);
    assertThat(second.exitValue()).isZero();
  }

  @Test
  void aDirectoryOfSomebodyElsesStaysAsItIs() throws Exception {
    Path foreign = Files.createDirectories(folder.resolve("d"));
    Files.writeString(foreign.resolve("photo.jpg"), "x");
    Process daemon = daemon();
    assertThat(output(daemon)).startsWith("failed to start daemon: data root " + foreign + " is not Proa's: it holds photo.jpg");
    assertThat(daemon.exitValue()).isEqualTo(1);
    try (var files = Files.list(foreign)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aDataRootOfALaterVersionStaysAsItIs() throws Exception {
    Files.createDirectories(folder.resolve("d"));
    Files.writeString(folder.resolve("d/proa.layout"), "999\n");
    Process daemon = daemon();
    assertThat(output(daemon)).contains("was written by a newer version (layout 999");
    assertThat(daemon.exitValue()).isEqualTo(1);
    assertThat(folder.resolve("d/proa.layout")).hasContent("999");
  }

  @Test
  void aDataRootThatIsAFileIsRefused() throws Exception {
    Files.writeString(folder.resolve("d"), "x");
    assertThat(output(daemon())).isEqualTo("failed to start daemon: data root " + folder.resolve("d") + " is not a directory\n");
  }

  @Test
  void aBundleThatDoesNotResolveIsNamedAndTheDaemonEnds() throws Exception {
    Path jar = folder.resolve("home/bundles/odd.jar");
    java.util.jar.Manifest manifest = new java.util.jar.Manifest();
    manifest.getMainAttributes().put(java.util.jar.Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", "odd");
    manifest.getMainAttributes().putValue("Import-Package", "no.such.thing");
    new java.util.jar.JarOutputStream(Files.newOutputStream(jar), manifest).close();
    Process daemon = daemon();
    assertThat(output(daemon)).contains("failed to start daemon: ").contains("odd").contains("no.such.thing");
    assertThat(daemon.exitValue()).isEqualTo(1);
    assertThat(folder.resolve("e/proad.pid")).doesNotExist();
  }

  @Test
  void versionAndHelpAnswerWithoutTouchingAnything() throws Exception {
    assertThat(output(proad("--version"))).startsWith("Proa version ");
    assertThat(output(proad("--help"))).contains("--data-root").contains("Examples:");
    assertThat(folder.resolve("d")).doesNotExist();
  }
}
