package dev.proa.lifecycle.internal.create;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.images.ImageConfig;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.containers.Resources;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.logs.LogOptions;
import dev.proa.spi.isolation.BackendFeatures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's words for what it refuses, and its defaults for what it is not told. */
class ChecksTest {
  private final List<String> warnings = new ArrayList<>();

  private static <T> T json(String members, Class<T> type) {
    return Json.read(("{" + members + "}").getBytes(StandardCharsets.UTF_8), type, "test");
  }

  private HostConfig check(String members) {
    BackendFeatures features = new BackendFeatures("test", 1, EnumSet.allOf(BackendFeatures.Limit.class), true, false, List.of());
    return new HostConfigChecks(new HostFacts(features, 2, "0-1", "0"), ref -> ref, Set.of("namespace")).check(json(members, HostConfig.class), warnings);
  }

  @Test
  void nobodyIsWarnedOfALimitThatTheDockerCommandDoesNotSet() {
    BackendFeatures features = new BackendFeatures("test", 2, Set.of(), true, false, List.of());
    HostConfig host = json("\"MemorySwappiness\": -1", HostConfig.class);
    new HostConfigChecks(new HostFacts(features, 2, "0-1", "0"), ref -> ref, Set.of("namespace")).check(host, warnings);
    assertThat(warnings).isEmpty();
  }

  /** Words of Docker 28; the client prints each behind "WARNING: ". */
  @Test
  void whatTheHostCannotLimitIsDiscardedAndTold() {
    BackendFeatures features = new BackendFeatures("test", 2, Set.of(), true, false, List.of());
    HostConfig host =
        json(
            """
            "Memory": 67108864, "MemoryReservation": 33554432, "MemorySwappiness": 10, "OomKillDisable": true, "CpuShares": 512, "CpuQuota": 5000,
            "CpusetCpus": "0", "PidsLimit": 10, "BlkioWeight": 500, "BlkioDeviceReadBps": [{"Path": "/dev/x", "Rate": 1}]
            """,
            HostConfig.class);
    Resources left =
        new HostConfigChecks(new HostFacts(features, 2, "0-1", "0"), ref -> ref, Set.of("namespace")).check(host, warnings).resources();
    assertThat(warnings)
        .containsExactlyInAnyOrder(
            "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
            "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.",
            "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
            "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
            "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.",
            "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.",
            "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.",
            "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
            "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
            "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.");
    assertThat(left.memory()).isZero();
    assertThat(left.cpuQuota()).isZero();
    assertThat(left.cpusetCpus()).isNull();
    assertThat(left.blkioDeviceReadBps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          "Memory": 1048576                                     | Minimum memory limit allowed is 6MB
          "Memory": 67108864, "MemorySwap": 33554432            | Minimum memoryswap limit should be larger than memory limit, see usage
          "MemorySwap": 67108864                                | You should always set the Memory limit when using Memoryswap limit, see usage
          "NanoCpus": 4096000000000                             | range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available
          "NanoCpus": 1, "CpuPeriod": 1000                      | Conflicting options: Nano CPUs and CPU Period cannot both be set
          "CpusetCpus": "0-x"                                   | Invalid value 0-x for cpuset cpus
          "CpusetCpus": "0-7"                                   | Requested CPUs are not available - requested 0-7, available: 0-1
          "RestartPolicy": {"Name": "nosuch"}                   | invalid restart policy: unknown policy 'nosuch'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'
          "RestartPolicy": {"Name": "always"}, "AutoRemove": true | can't create 'AutoRemove' container with restart policy
          "SecurityOpt": ["nosuch=1"]                           | invalid --security-opt 2: "nosuch=1"
          "CapAdd": ["NOSUCH"]                                  | invalid CapAdd: unknown capability: "CAP_NOSUCH"
          "PortBindings": {"80x/tcp": []}                       | invalid port specification: "80x/tcp"
          "PortBindings": {"80/tcp": [{"HostPort": "99999"}]}   | invalid port specification: "99999"
          "PidMode": "odd"                                      | invalid PID mode: odd
          "IpcMode": "odd"                                      | invalid IPC mode: odd
          "OomScoreAdj": 5000                                   | Invalid value 5000, range for oom score adj is [-1000, 1000]
          "Runtime": "odd"                                      | unknown or invalid runtime name: odd
          "ExtraHosts": ["nonsense"]                            | bad format for add-host: "nonsense"
          "ShmSize": -1                                         | SHM size can not be less than 0
          "Tmpfs": {"rel": ""}                                  | invalid mount path: 'rel' mount path must be absolute
          "Ulimits": [{"Name": "nofile", "Soft": 2, "Hard": 1}] | ulimit soft limit must be less than or equal to hard limit: 2 > 1
          """)
  void whatNoContainerCanHaveIsRefused(String members, String message) {
    assertThatThrownBy(() -> check(members)).hasMessage(message);
  }

  @Test
  void defaultsAreFilledIn() {
    HostConfig config = check("");
    assertThat(config.networkMode()).isEqualTo("bridge");
    assertThat(config.ipcMode()).isEqualTo("private");
    assertThat(config.cgroupnsMode()).isEqualTo("host");
    assertThat(config.shmSize()).isEqualTo(67108864);
    assertThat(config.runtime()).isEqualTo("runc");
    assertThat(String.valueOf(config.restartPolicy())).contains("name=no");
    assertThat(String.valueOf(config.logConfig())).contains("json-file");
    assertThat(config.maskedPaths()).contains("/proc/kcore");
    assertThat(config.consoleSize()).containsExactly(0, 0);
    assertThat(warnings).isEmpty();
  }

  @Test
  void theImageCompletesTheConfiguration() {
    ImageConfig image =
        new ImageConfig(
            "user", Set.of("80/tcp"), List.of("A=image", "B=image"), List.of("entry"), List.of("cmd"), Set.of("/data"), "/work", Map.of("l", "image"), "INT", 3, null, null, null, false);
    ContainerConfig merged =
        ConfigMerge.merge(json("\"Env\": [\"A=own\"], \"Labels\": {\"l\": \"own\"}, \"Image\": \"i\"", ContainerConfig.class), image, "host");
    assertThat(merged.env()).containsExactly("A=own", "B=image");
    assertThat(merged.entrypoint()).containsExactly("entry");
    assertThat(merged.cmd()).containsExactly("cmd");
    assertThat(merged.labels()).containsEntry("l", "own");
    assertThat(merged.user()).isEqualTo("user");
    assertThat(merged.workingDir()).isEqualTo("/work");
    assertThat(merged.volumes()).containsKey("/data");
    assertThat(merged.exposedPorts()).containsKey("80/tcp");
    assertThat(merged.stopSignal()).isEqualTo("INT");
    assertThat(merged.hostname()).isEqualTo("host");
  }

  @Test
  void anOwnEntryPointForgetsTheImagesCommand() {
    ImageConfig image =
        new ImageConfig("", null, null, List.of("entry"), List.of("cmd"), null, "", null, "", null, null, null, null, false);
    assertThat(ConfigMerge.merge(json("\"Entrypoint\": [\"own\"]", ContainerConfig.class), image, "h")).satisfies(merged -> {
      assertThat(merged.entrypoint()).containsExactly("own");
      assertThat(merged.cmd()).isNull();
    });
    assertThat(ConfigMerge.merge(json("\"Entrypoint\": [\"\"], \"Cmd\": [\"own\"]", ContainerConfig.class), image, "h")).satisfies(merged -> {
      assertThat(merged.entrypoint()).isNull();
      assertThat(merged.cmd()).containsExactly("own");
    });
    assertThat(ConfigMerge.merge(json("\"Cmd\": [\"own\"]", ContainerConfig.class), image, "h").entrypoint()).containsExactly("entry");
    assertThatThrownBy(() -> ConfigMerge.merge(json("", ContainerConfig.class), ImageConfig.EMPTY, "h")).hasMessage("no command specified");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "-a", "a", "", "a b", ".x", "ä1", "a\nb"})
  void aBadNameIsRefused(String name) {
    assertThatThrownBy(() -> ContainerNames.check(name))
        .hasMessage("Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }

  @Test
  void madeUpNamesAreGoodNames() {
    for (int i = 0; i < 200; i++) {
      String name = ContainerNames.makeUp(taken -> false);
      assertThat(ContainerNames.check(name)).isEqualTo(name).contains("_");
    }
    assertThat(ContainerNames.makeUp(taken -> true)).hasSize(12);
  }

  @Test
  void signalsHaveNamesAndNumbers() {
    assertThat(Signals.parse("TERM")).isEqualTo(15);
    assertThat(Signals.parse("sigusr1")).isEqualTo(10);
    assertThat(Signals.parse("9")).isEqualTo(9);
    assertThat(Signals.parse("RTMIN+3")).isEqualTo(37);
    assertThatThrownBy(() -> Signals.parse("NOSUCH")).hasMessage("invalid signal: NOSUCH");
    assertThatThrownBy(() -> Signals.parse("0")).hasMessage("invalid signal: 0");
  }

  @Test
  void logOptionsAreChecked() {
    HostConfig config = check("\"LogConfig\": {\"Type\": \"json-file\", \"Config\": {\"nosuch\": \"1\"}}");
    assertThatThrownBy(() -> LogOptions.of(config.logConfig(), Map.of(), List.of())).hasMessage("unknown log opt 'nosuch' for json-file log driver");
    HostConfig other = check("\"LogConfig\": {\"Type\": \"nosuch\"}");
    assertThatThrownBy(() -> LogOptions.of(other.logConfig(), Map.of(), List.of())).hasMessageContaining("no log driver named 'nosuch' is registered");
    HostConfig good = check("\"LogConfig\": {\"Config\": {\"max-size\": \"10m\", \"max-file\": \"3\", \"labels\": \"a\", \"env-regex\": \"^P\"}}");
    LogOptions options = LogOptions.of(good.logConfig(), Map.of("a", "1", "b", "2"), List.of("PATH=/", "X=1"));
    assertThat(options).isEqualTo(new LogOptions(LogOptions.Driver.JSON_FILE, 10 << 20, 3, false, "{\"PATH\":\"/\",\"a\":\"1\"}"));
  }
}
