package dev.proa.e2e.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.HealthCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.ExecConfig;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.containers.output.WaitingConsumer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.containers.wait.strategy.WaitAllStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.MountableFile;

/** What users of Testcontainers write. */
@Timeout(90)
class JavaTestcontainersInNamespace {
  private static final String IMAGE = "pcsuite/busybox:1";
  private static final String WEB = "mkdir -p /www && echo hello > /www/index.html && exec httpd -f -v -p 8080 -h /www";

  @TempDir Path folder;

  private static GenericContainer<?> container(String... command) {
    return new GenericContainer<>(IMAGE).withCommand(command);
  }

  private static GenericContainer<?> sleeper() {
    return container("sh", "-c", "echo started; exec sleep 600");
  }

  private static GenericContainer<?> web() {
    return container("sh", "-c", WEB).withExposedPorts(8080);
  }

  @Test
  void aMappedPortIsWaitedForAndReached() throws Exception {
    try (GenericContainer<?> web = web()) {
      web.start();
      assertThat(web.isRunning()).isTrue();
      assertThat(web.getMappedPort(8080)).isBetween(1, 65535);
      assertThat(get(web, "/index.html")).isEqualTo("hello\n");
    }
  }

  @Test
  void severalPortsAreMappedEachToItsOwn() throws Exception {
    String both = "httpd -p 81 -h /etc; exec httpd -f -p 82 -h /etc";
    try (GenericContainer<?> two = container("sh", "-c", both).withExposedPorts(81, 82)) {
      two.start();
      assertThat(two.getExposedPorts()).containsExactly(81, 82);
      assertThat(two.getMappedPort(81)).isNotEqualTo(two.getMappedPort(82));
      assertThat(two.getContainerInfo().getNetworkSettings().getPorts().getBindings()).hasSize(2);
    }
  }

  @Test
  void waitingForHttpKnowsTheStatus() throws Exception {
    try (GenericContainer<?> web = web().waitingFor(Wait.forHttp("/index.html").forStatusCode(200).forResponsePredicate("hello"::equals))) {
      web.start();
      assertThat(web.getLogs()).isNotNull();
    }
  }

  @Test
  void waitingForALogMessageCountsIt() {
    try (GenericContainer<?> logs = container("sh", "-c", "for i in 1 2 3; do echo ready $i; done; exec sleep 600").waitingFor(Wait.forLogMessage(".*ready.*\\n", 3))) {
      logs.start();
      assertThat(logs.getLogs(OutputFrame.OutputType.STDOUT)).isEqualTo("ready 1\nready 2\nready 3\n");
    }
  }

  @Test
  void waitingForHealthFollowsTheCheck() {
    try (GenericContainer<?> healthy =
        container("sh", "-c", "usleep 300000; touch /healthy; exec sleep 600")
            .withCreateContainerCmdModifier(
                create -> create.withHealthcheck(new HealthCheck().withTest(List.of("CMD", "test", "-e", "/healthy")).withInterval(200_000_000L).withRetries(20)))
            .waitingFor(Wait.forHealthcheck())) {
      healthy.start();
      assertThat(healthy.isHealthy()).isTrue();
    }
  }

  @Test
  void waitingForACommandAndForAllOfSeveral() {
    try (GenericContainer<?> web =
        web().waitingFor(new WaitAllStrategy().withStrategy(Wait.forSuccessfulCommand("test -e /www/index.html")).withStrategy(Wait.forListeningPort()))) {
      web.start();
      assertThat(web.isRunning()).isTrue();
    }
  }

  @Test
  void aContainerThatEndsAtOnceIsToldFromOneThatStarts() {
    try (GenericContainer<?> failing = container("sh", "-c", "echo sorry; exit 3").withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
      assertThatThrownBy(failing::start).isInstanceOf(ContainerLaunchException.class);
    }
    try (GenericContainer<?> once = container("sh", "-c", "echo done").withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
      once.start();
      assertThat(once.getLogs()).isEqualTo("done\n");
    }
  }

  @Test
  void aWaitThatNeverEndsIsGivenUp() {
    try (GenericContainer<?> silent = sleeper().waitingFor(Wait.forLogMessage("never", 1).withStartupTimeout(Duration.ofSeconds(1)))) {
      assertThatThrownBy(silent::start).isInstanceOf(ContainerLaunchException.class);
    }
  }

  @Test
  void filesAreCopiedInBeforeAndAfterTheStartAndOut() throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree/below"));
    Files.writeString(tree.resolve("leaf"), "leaf");
    Path file = Files.writeString(folder.resolve("file"), "from the host\n");
    try (GenericContainer<?> files =
        container("sh", "-c", "cat /before; exec sleep 600")
            .waitingFor(Wait.forLogMessage("from the host\\n", 1))
            .withCopyFileToContainer(MountableFile.forHostPath(file), "/before")
            .withCopyFileToContainer(MountableFile.forHostPath(folder.resolve("tree")), "/tree")
            .withCopyToContainer(Transferable.of("given", 0100600), "/a/b/given")) {
      files.start();
      assertThat(files.getLogs()).isEqualTo("from the host\n");
      assertThat(files.execInContainer("cat", "/tree/below/leaf").getStdout()).isEqualTo("leaf");
      assertThat(files.execInContainer("stat", "-c", "%a %U", "/a/b/given").getStdout()).isEqualTo("600 root\n");
      files.copyFileToContainer(Transferable.of("x".repeat(1 << 20).getBytes(UTF_8)), "/tmp/big");
      assertThat(files.execInContainer("wc", "-c", "/tmp/big").getStdout()).isEqualTo((1 << 20) + " /tmp/big\n");
      assertThat(files.copyFileFromContainer("/tmp/big", InputStream::readAllBytes)).hasSize(1 << 20);
      files.copyFileFromContainer("/before", folder.resolve("back").toString());
      assertThat(folder.resolve("back")).hasContent("from the host\n");
      assertThatThrownBy(() -> files.copyFileFromContainer("/nowhere", InputStream::readAllBytes)).hasMessageContaining("404");
    }
  }

  @Test
  void commandsAreExecutedWithTheirOutputsAndExitCode() throws Exception {
    try (GenericContainer<?> sleeper = sleeper().withEnv("FROM", "container")) {
      sleeper.start();
      ExecResult result = sleeper.execInContainer("sh", "-c", "echo out $FROM; echo err >&2; exit 7");
      assertThat(result.getStdout()).isEqualTo("out container\n");
      assertThat(result.getStderr()).isEqualTo("err\n");
      assertThat(result.getExitCode()).isEqualTo(7);
      ExecResult as =
          sleeper.execInContainer(
              ExecConfig.builder().user("app").workDir("/tmp").envVars(Map.of("A", "b")).command(new String[] {"sh", "-c", "id -un; pwd; echo $A"}).build());
      assertThat(as.getStdout()).isEqualTo("app\n/tmp\nb\n");
      assertThat(sleeper.execInContainer("no-such-command").getExitCode()).isEqualTo(127);
    }
  }

  @Test
  void logConsumersSeeBothStreamsAsTheyCome() throws Exception {
    WaitingConsumer out = new WaitingConsumer();
    WaitingConsumer err = new WaitingConsumer();
    try (GenericContainer<?> talker = container("sh", "-c", "echo out; echo err >&2; usleep 300000; echo late; exec sleep 600").withLogConsumer(out).withLogConsumer(err)) {
      talker.start();
      out.waitUntil(frame -> frame.getType() == OutputFrame.OutputType.STDOUT && frame.getUtf8String().contains("late"), 20, TimeUnit.SECONDS);
      err.waitUntil(frame -> frame.getType() == OutputFrame.OutputType.STDERR && frame.getUtf8String().contains("err"), 20, TimeUnit.SECONDS);
      assertThat(talker.getLogs(OutputFrame.OutputType.STDERR)).isEqualTo("err\n");
      assertThat(talker.getLogs(OutputFrame.OutputType.STDOUT)).isEqualTo("out\nlate\n");
    }
  }

  @Test
  void containersOfANetworkKnowEachOtherByAlias() throws Exception {
    try (Network network = Network.newNetwork();
        GenericContainer<?> web = web().withNetwork(network).withNetworkAliases("web");
        GenericContainer<?> asker = sleeper().withNetwork(network)) {
      web.start();
      asker.start();
      assertThat(asker.execInContainer("wget", "-q", "-O", "-", "http://web:8080/index.html").getStdout()).isEqualTo("hello\n");
    }
  }

  @Test
  void bindsTmpfsLabelsAndWorkingFolderAreThere() throws Exception {
    Files.writeString(folder.resolve("bound"), "bound");
    try (GenericContainer<?> all =
        sleeper()
            .withFileSystemBind(folder.toString(), "/bound", BindMode.READ_ONLY)
            .withTmpFs(Map.of("/scratch", "rw,size=1m"))
            .withLabel("a.label", "its value")
            .withWorkingDirectory("/opt")
            .withExtraHost("elsewhere", "10.1.2.3")
            .withSharedMemorySize(32L << 20)
            .withPrivilegedMode(true)) {
      all.start();
      assertThat(all.execInContainer("cat", "/bound/bound").getStdout()).isEqualTo("bound");
      assertThat(all.execInContainer("touch", "/bound/x").getExitCode()).isNotZero();
      assertThat(all.execInContainer("sh", "-c", "df -k /scratch /dev/shm | awk 'NR > 1 {print $2}'").getStdout()).isEqualTo("1024\n32768\n");
      assertThat(all.execInContainer("pwd").getStdout()).isEqualTo("/opt\n");
      assertThat(all.execInContainer("grep", "elsewhere", "/etc/hosts").getStdout()).isEqualTo("10.1.2.3\telsewhere\n");
      assertThat(all.getContainerInfo().getConfig().getLabels()).containsEntry("a.label", "its value");
      assertThat(all.getContainerInfo().getHostConfig().getPrivileged()).isTrue();
    }
  }

  @Test
  void dependenciesStartFirstAndAStoppedContainerIsGone() {
    try (GenericContainer<?> first = sleeper();
        GenericContainer<?> second = sleeper().dependsOn(first)) {
      second.start();
      assertThat(first.isRunning()).isTrue();
      String id = second.getContainerId();
      second.stop();
      assertThatThrownBy(() -> DockerClientFactory.instance().client().inspectContainerCmd(id).exec())
          .isInstanceOf(com.github.dockerjava.api.exception.NotFoundException.class);
    }
  }

  @Test
  void aHostPortIsReachedThroughThePublishedAddress() throws Exception {
    try (GenericContainer<?> echo = container("sh", "-c", "echo listening; exec nc -ll -p 7000 -e cat").withExposedPorts(7000)) {
      echo.start();
      try (Socket socket = new Socket(echo.getHost(), echo.getFirstMappedPort())) {
        socket.getOutputStream().write("ping\n".getBytes(UTF_8));
        assertThat(socket.getInputStream().readNBytes(5)).isEqualTo("ping\n".getBytes(UTF_8));
      }
    }
  }

  private static String get(GenericContainer<?> web, String path) throws IOException {
    try (InputStream in = URI.create("http://" + web.getHost() + ":" + web.getMappedPort(8080) + path).toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
