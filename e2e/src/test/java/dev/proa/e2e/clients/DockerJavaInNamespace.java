package dev.proa.e2e.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.ChangeLog;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Image;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.Volume;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docker-java makes of the engine's answers: its types, its exceptions, its streams. */
@Timeout(60)
class DockerJavaInNamespace {
  private static final String IMAGE = "pcsuite/busybox:1";

  private static DockerClient docker;

  @TempDir Path folder;

  @BeforeAll
  static void connect() {
    docker = RunnerInNamespace.client();
  }

  @AfterAll
  static void disconnect() throws IOException {
    docker.close();
  }

  @AfterEach
  void removeAll() {
    for (Container container : docker.listContainersCmd().withShowAll(true).exec()) {
      docker.removeContainerCmd(container.getId()).withForce(true).withRemoveVolumes(true).exec();
    }
  }

  private static CreateContainerCmd create(String... command) {
    return docker.createContainerCmd(IMAGE).withCmd(command);
  }

  private static String started(CreateContainerCmd create) {
    String id = create.exec().getId();
    docker.startContainerCmd(id).exec();
    return id;
  }

  private static int exitOf(String id) {
    return docker.waitContainerCmd(id).start().awaitStatusCode(30, SECONDS);
  }

  /** Collects frames. */
  private static final class Output extends ResultCallback.Adapter<Frame> {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<StreamType> types = new CopyOnWriteArrayList<>();

    @Override
    public synchronized void onNext(Frame frame) {
      types.add(frame.getStreamType());
      (frame.getStreamType() == StreamType.STDERR ? err : out).writeBytes(frame.getPayload());
    }

    synchronized String out() {
      return out.toString(UTF_8);
    }

    synchronized String err() {
      return err.toString(UTF_8);
    }
  }

  @Test
  void theEngineSaysWhatItIs() {
    docker.pingCmd().exec();
    assertThat(docker.versionCmd().exec().getApiVersion()).matches("1\\.\\d+");
    assertThat(docker.infoCmd().exec().getOsType()).isEqualTo("linux");
  }

  @Test
  void inspectHasEveryFieldThatTheLibraryKnows() {
    String id =
        started(
            create("sleep", "600")
                .withName("inspected")
                .withEnv("A=b")
                .withLabels(Map.of("l", "v"))
                .withExposedPorts(ExposedPort.tcp(80))
                .withHostConfig(
                    HostConfig.newHostConfig()
                        .withPortBindings(PortBinding.parse("127.0.0.1::80"))
                        .withBinds(new Bind(folder.toString(), new Volume("/b"), AccessMode.ro))
                        .withRestartPolicy(RestartPolicy.onFailureRestart(3))
                        .withMemory(64L << 20))
                .withHostName("given"));
    InspectContainerResponse found = docker.inspectContainerCmd(id).withSize(true).exec();
    assertThat(found.getName()).isEqualTo("/inspected");
    assertThat(found.getCreated()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z");
    assertThat(found.getState().getRunning()).isTrue();
    assertThat(found.getState().getPidLong()).isPositive();
    assertThat(found.getConfig().getEnv()).contains("A=b");
    assertThat(found.getConfig().getHostName()).isEqualTo("given");
    assertThat(found.getHostConfig().getMemory()).isEqualTo(64L << 20);
    assertThat(found.getHostConfig().getRestartPolicy().getMaximumRetryCount()).isEqualTo(3);
    assertThat(found.getMounts()).singleElement().satisfies(mount -> assertThat(mount.getRW()).isFalse());
    assertThat(found.getNetworkSettings().getPorts().getBindings().get(ExposedPort.tcp(80))).hasSize(1);
    assertThat(found.getNetworkSettings().getNetworks()).containsKey("bridge");
    assertThat(found.getSizeRootFs()).isPositive();
    assertThat(found.getGraphDriver().getName()).isNotEmpty();
    assertThat(found.getRestartCount()).isZero();
  }

  @Test
  void listsFilterByEverything() {
    String running = started(create("sleep", "600").withName("listed").withLabels(Map.of("k", "v")));
    String ended = started(create("sh", "-c", "exit 4"));
    assertThat(exitOf(ended)).isEqualTo(4);
    assertThat(ids(docker.listContainersCmd().exec())).containsExactly(running);
    assertThat(ids(docker.listContainersCmd().withShowAll(true).withExitedFilter(4).exec())).containsExactly(ended);
    assertThat(ids(docker.listContainersCmd().withLabelFilter(Map.of("k", "v")).exec())).containsExactly(running);
    assertThat(ids(docker.listContainersCmd().withNameFilter(List.of("liste")).exec())).containsExactly(running);
    assertThat(ids(docker.listContainersCmd().withStatusFilter(List.of("exited")).exec())).containsExactly(ended);
    assertThat(ids(docker.listContainersCmd().withAncestorFilter(List.of(IMAGE)).withShowAll(true).exec())).containsExactly(ended, running);
    assertThat(ids(docker.listContainersCmd().withShowAll(true).withLimit(1).exec())).containsExactly(ended);
    assertThat(docker.listContainersCmd().withShowSize(true).exec()).singleElement().satisfies(one -> assertThat(one.getSizeRootFs()).isPositive());
  }

  private static List<String> ids(List<Container> containers) {
    return containers.stream().map(Container::getId).toList();
  }

  @Test
  void failuresAreTheLibrarysExceptions() {
    assertThatThrownBy(() -> docker.inspectContainerCmd("nobody").exec()).isInstanceOf(NotFoundException.class).hasMessageContaining("No such container: nobody");
    assertThatThrownBy(() -> docker.createContainerCmd("nothing:here").exec()).isInstanceOf(NotFoundException.class).hasMessageContaining("No such image");
    String id = started(create("sleep", "600").withName("once"));
    assertThatThrownBy(() -> create("true").withName("once").exec()).isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> docker.startContainerCmd(id).exec()).isInstanceOf(NotModifiedException.class);
    assertThatThrownBy(() -> docker.removeContainerCmd(id).exec()).isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> docker.execCreateCmd("nobody").withCmd("true").exec()).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> create("true").withName("no/slash").exec()).isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> docker.removeImageCmd(IMAGE).exec()).isInstanceOf(ConflictException.class);
    docker.killContainerCmd(id).exec();
    exitOf(id);
    assertThatThrownBy(() -> docker.killContainerCmd(id).exec()).isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> docker.stopContainerCmd(id).exec()).isInstanceOf(NotModifiedException.class);
    assertThatThrownBy(() -> docker.pauseContainerCmd(id).exec()).isInstanceOf(ConflictException.class);
  }

  @Test
  void logsFollowUntilTheEnd() throws Exception {
    String id = started(create("sh", "-c", "for i in 1 2 3; do echo out $i; usleep 50000; echo err $i >&2; usleep 50000; done"));
    Output output = docker.logContainerCmd(id).withStdOut(true).withStdErr(true).withFollowStream(true).exec(new Output());
    assertThat(output.awaitCompletion(20, SECONDS)).isTrue();
    assertThat(output.out()).isEqualTo("out 1\nout 2\nout 3\n");
    assertThat(output.err()).isEqualTo("err 1\nerr 2\nerr 3\n");
    Output last = docker.logContainerCmd(id).withStdOut(true).withTail(2).withTimestamps(true).exec(new Output());
    assertThat(last.awaitCompletion(20, SECONDS)).isTrue();
    assertThat(last.out()).matches("\\d{4}-\\d\\d-\\d\\dT\\S+Z out 3\\n");
  }

  @Test
  void attachGivesInput() throws Exception {
    // The library never ends the input: what reads it has to know when it has enough.
    String id = create("head", "-n", "1").withStdinOpen(true).withStdInOnce(true).withAttachStdin(true).exec().getId();
    PipedOutputStream typed = new PipedOutputStream();
    Output output =
        docker.attachContainerCmd(id).withStdIn(new PipedInputStream(typed)).withStdOut(true).withStdErr(true).withFollowStream(true).exec(new Output());
    assertThat(output.awaitStarted(10, SECONDS)).isTrue();
    docker.startContainerCmd(id).exec();
    typed.write("typed\n".getBytes(UTF_8));
    typed.close();
    assertThat(output.awaitCompletion(20, SECONDS)).isTrue();
    assertThat(output.out()).isEqualTo("typed\n");
    assertThat(exitOf(id)).isZero();
  }

  @Test
  void aTerminalIsOneRawStream() throws Exception {
    String id = create("sh", "-c", "test -t 1 && echo terminal").withTty(true).exec().getId();
    Output output = docker.attachContainerCmd(id).withStdOut(true).withStdErr(true).withFollowStream(true).exec(new Output());
    assertThat(output.awaitStarted(10, SECONDS)).isTrue();
    docker.startContainerCmd(id).exec();
    assertThat(output.awaitCompletion(20, SECONDS)).isTrue();
    assertThat(output.out()).isEqualTo("terminal\r\n");
    assertThat(output.types).contains(StreamType.RAW);
  }

  @Test
  void execsHaveStreamsInputAndExitCodes() throws Exception {
    String id = started(create("sleep", "600"));
    String exec = docker.execCreateCmd(id).withCmd("sh", "-c", "head -n 1; echo err >&2; exit 5").withAttachStdin(true).withAttachStdout(true).withAttachStderr(true).exec().getId();
    Output output = docker.execStartCmd(exec).withStdIn(new ByteArrayInputStream("fed\n".getBytes(UTF_8))).exec(new Output());
    assertThat(output.awaitCompletion(20, SECONDS)).isTrue();
    assertThat(output.out()).isEqualTo("fed\n");
    assertThat(output.err()).isEqualTo("err\n");
    assertThat(docker.inspectExecCmd(exec).exec().getExitCodeLong()).isEqualTo(5);
    assertThat(docker.inspectExecCmd(exec).exec().isRunning()).isFalse();
    String detached = docker.execCreateCmd(id).withCmd("touch", "/tmp/made").exec().getId();
    docker.execStartCmd(detached).withDetach(true).exec(new Output()).awaitCompletion(20, SECONDS);
  }

  @Test
  void filesGoInAndOutAndShowInTheDiff() throws Exception {
    String id = started(create("sleep", "600"));
    docker.copyArchiveToContainerCmd(id).withHostResource(Files.writeString(folder.resolve("in"), "in").toString()).withRemotePath("/tmp").exec();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(docker.copyArchiveFromContainerCmd(id, "/tmp/in").exec())) {
      assertThat(tar.getNextEntry().getName()).isEqualTo("in");
      assertThat(new String(tar.readAllBytes(), UTF_8)).isEqualTo("in");
    }
    assertThat(docker.containerDiffCmd(id).exec()).extracting(ChangeLog::getPath).containsExactly("/tmp", "/tmp/in");
  }

  @Test
  void statisticsAndProcessesAreReadable() throws Exception {
    String id = started(create("sleep", "600").withName("counted"));
    CountDownLatch two = new CountDownLatch(2);
    List<Statistics> seen = new CopyOnWriteArrayList<>();
    try (Closeable stats =
        docker.statsCmd(id).exec(
            new ResultCallback.Adapter<Statistics>() {
              @Override
              public void onNext(Statistics one) {
                seen.add(one);
                two.countDown();
              }
            })) {
      assertThat(two.await(20, SECONDS)).isTrue();
    }
    assertThat(seen.getLast().getMemoryStats().getUsage()).isPositive();
    assertThat(seen.getLast().getCpuStats().getCpuUsage().getTotalUsage()).isPositive();
    assertThat(seen.getLast().getNetworks()).containsKey("eth0");
    assertThat(docker.topContainerCmd(id).exec().getProcesses()).hasDimensions(1, 8);
  }

  @Test
  void eventsTellTheLifeOfAContainer() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    CountDownLatch destroyed = new CountDownLatch(1);
    ResultCallback.Adapter<Event> callback =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Event event) {
            seen.add(event.getType() + " " + event.getAction());
            if ("destroy".equals(event.getAction())) {
              destroyed.countDown();
            }
          }
        };
    try (Closeable events = docker.eventsCmd().withLabelFilter(Map.of("watched", "yes")).exec(callback)) {
      assertThat(callback.awaitStarted(10, SECONDS)).isTrue();
      String id = started(create("true").withLabels(Map.of("watched", "yes")));
      exitOf(id);
      docker.removeContainerCmd(id).exec();
      assertThat(destroyed.await(20, SECONDS)).isTrue();
    }
    assertThat(seen).filteredOn(one -> one.startsWith("CONTAINER")).containsExactly("CONTAINER create", "CONTAINER start", "CONTAINER die", "CONTAINER destroy");
  }

  @Test
  void imagesAreTaggedCommittedSavedLoadedAndRemoved() throws Exception {
    String id = started(create("sh", "-c", "echo new > /made"));
    exitOf(id);
    String image = docker.commitCmd(id).withRepository("pcsuite/made").withTag("1").withAuthor("me").exec();
    assertThat(docker.inspectImageCmd(image).exec().getAuthor()).isEqualTo("me");
    docker.tagImageCmd(image, "pcsuite/other", "2").exec();
    assertThat(docker.inspectImageCmd("pcsuite/other:2").exec().getRepoTags()).containsExactlyInAnyOrder("pcsuite/made:1", "pcsuite/other:2");
    byte[] saved;
    try (InputStream in = docker.saveImageCmd("pcsuite/made:1").exec()) {
      saved = in.readAllBytes();
    }
    docker.removeImageCmd(image).withForce(true).exec();
    assertThat(docker.listImagesCmd().exec()).extracting(Image::getId).doesNotContain(image);
    docker.loadImageCmd(new ByteArrayInputStream(saved)).exec();
    String again = started(docker.createContainerCmd("pcsuite/made:1").withCmd("cat", "/made"));
    assertThat(exitOf(again)).isZero();
    docker.removeContainerCmd(again).exec();
    docker.removeImageCmd("pcsuite/made:1").exec();
  }

  @Test
  void volumesAndNetworksAreMadeListedAndRemoved() {
    docker.createVolumeCmd().withName("made").withLabels(Map.of("l", "v")).exec();
    assertThat(docker.listVolumesCmd().withFilter("label", List.of("l=v")).exec().getVolumes()).hasSize(1);
    String id = started(create("sleep", "600").withHostConfig(HostConfig.newHostConfig().withBinds(Bind.parse("made:/v"))));
    assertThatThrownBy(() -> docker.removeVolumeCmd("made").exec()).isInstanceOf(ConflictException.class);
    String network = docker.createNetworkCmd().withName("made").withDriver("bridge").withCheckDuplicate(true).exec().getId();
    docker.connectToNetworkCmd().withContainerId(id).withNetworkId(network).exec();
    assertThat(docker.inspectNetworkCmd().withNetworkId(network).exec().getContainers()).containsKey(id);
    docker.disconnectFromNetworkCmd().withContainerId(id).withNetworkId(network).withForce(true).exec();
    docker.removeContainerCmd(id).withForce(true).exec();
    docker.removeNetworkCmd(network).exec();
    docker.removeVolumeCmd("made").exec();
    assertThatThrownBy(() -> docker.inspectVolumeCmd("made").exec()).isInstanceOf(NotFoundException.class);
  }

  @Test
  void statesFollowTheOperations() {
    String id = started(create("sleep", "600"));
    docker.pauseContainerCmd(id).exec();
    assertThat(state(id)).isEqualTo("paused");
    docker.unpauseContainerCmd(id).exec();
    docker.renameContainerCmd(id).withName("renamed").exec();
    docker.updateContainerCmd(id).withMemory(128L << 20).withMemorySwap(256L << 20).exec();
    docker.restartContainerCmd("renamed").withTimeout(0).exec();
    assertThat(state(id)).isEqualTo("running");
    docker.stopContainerCmd(id).withTimeout(0).exec();
    assertThat(state(id)).isEqualTo("exited");
    assertThat(exitOf(id)).isEqualTo(137);
    List<String> names = new ArrayList<>();
    docker.listContainersCmd().withShowAll(true).exec().forEach(one -> names.addAll(List.of(one.getNames())));
    assertThat(names).containsExactly("/renamed");
  }

  private static String state(String id) {
    return Objects.requireNonNull(docker.inspectContainerCmd(id).exec().getState().getStatus());
  }
}
