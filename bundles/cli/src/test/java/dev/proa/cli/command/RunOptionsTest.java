package dev.proa.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.cli.Flags;
import dev.proa.cli.FlagsAccess;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flags of run as the body of POST /containers/create. */
class RunOptionsTest {
  private static Map<String, Object> body(String... line) throws IOException {
    Flags flags = new Flags();
    RunOptions.flags(flags);
    FlagsAccess.parse(flags, List.of(line));
    return RunOptions.body(flags, true, null);
  }

  @Test
  void limitsComeInTheApisUnits() throws IOException {
    Map<String, Object> body = body("-m", "64m", "--cpus", "1.5", "--pids-limit", "9", "--memory-swap", "-1", "--shm-size=1k", "img");
    Object host = body.get("HostConfig");
    assertThat(Json.number(host, "Memory")).isEqualTo(64L << 20);
    assertThat(Json.number(host, "NanoCpus")).isEqualTo(1_500_000_000L);
    assertThat(Json.number(host, "PidsLimit")).isEqualTo(9);
    assertThat(Json.number(host, "MemorySwap")).isEqualTo(-1);
    assertThat(Json.number(host, "ShmSize")).isEqualTo(1024);
  }

  @Test
  void commandEntrypointAndStreamsAreDockers() throws IOException {
    Map<String, Object> body = body("-i", "--entrypoint", "", "img", "sh", "-c", "x");
    assertThat(Json.list(body, "Cmd")).containsExactly("sh", "-c", "x");
    assertThat(Json.list(body, "Entrypoint")).containsExactly("");
    assertThat(Json.isTrue(body, "OpenStdin")).isTrue();
    assertThat(Json.isTrue(body, "StdinOnce")).isTrue();
    assertThat(Json.isTrue(body, "AttachStdout")).isTrue();
    assertThat(body("img").get("Cmd")).isNull();
    assertThat(body("img").get("Entrypoint")).isNull();
  }

  @Test
  void volumesWithASourceAreBindsAndOthersAreAnonymous() throws IOException {
    Map<String, Object> body = body("-v", "data:/srv:ro", "-v", "/only", "-v", "./here:/there", "img");
    assertThat(Json.list(body, "HostConfig", "Binds")).containsExactly("data:/srv:ro", Path.of("here").toAbsolutePath() + ":/there");
    assertThat(Json.object(body, "Volumes")).containsOnlyKeys("/only");
  }

  @Test
  void portsAreSplitIntoAddressHostAndContainer() throws IOException {
    Map<String, Object> body = body("-p", "127.0.0.1:8080:80", "-p", "53/udp", "img");
    assertThat(Json.object(body, "ExposedPorts")).containsOnlyKeys("80/tcp", "53/udp");
    assertThat(Json.write(Json.at(body, "HostConfig", "PortBindings", "80/tcp"))).contains("\"HostIp\":\"127.0.0.1\"").contains("\"HostPort\":\"8080\"");
  }

  @Test
  void environmentComesFromFilesFlagsAndOurOwn(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("env"), "# comment\nA=1\n\nPATH\n");
    assertThat(Json.list(body("--env-file", file.toString(), "-e", "B=2", "-e", "NO_SUCH_VARIABLE_HERE", "img"), "Env"))
        .containsExactly("A=1", "PATH=" + System.getenv("PATH"), "B=2");
  }

  @Test
  void mountsAndDevicesAreTakenApart() throws IOException {
    Map<String, Object> body = body("--mount", "type=bind,src=/a,dst=/b,readonly", "--device", "/dev/zero:/dev/x:r", "--ulimit", "nofile=1:2", "--tmpfs", "/t:size=1m", "img");
    Object mount = Json.list(body, "HostConfig", "Mounts").getFirst();
    assertThat(Json.text(mount, "Type") + Json.text(mount, "Source") + Json.text(mount, "Target") + Json.isTrue(mount, "ReadOnly")).isEqualTo("bind/a/btrue");
    Object device = Json.list(body, "HostConfig", "Devices").getFirst();
    assertThat(Json.text(device, "PathInContainer") + Json.text(device, "CgroupPermissions")).isEqualTo("/dev/xr");
    assertThat(Json.number(Json.list(body, "HostConfig", "Ulimits").getFirst(), "Hard")).isEqualTo(2);
    assertThat(Json.text(body, "HostConfig", "Tmpfs", "/t")).isEqualTo("size=1m");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--memory   | abc       | invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'",
        "--cpus     | x         | invalid argument \"x\" for \"--cpus\" flag: failed to parse x as a rational number",
        "-p         | 70000:80  | invalid argument \"70000:80\" for \"-p, --publish\" flag: invalid hostPort: 70000",
        "--ulimit   | nofile=a  | invalid argument \"nofile=a\" for \"--ulimit\" flag: invalid ulimit argument: nofile=a",
        "--mount    | type=bind | invalid argument \"type=bind\" for \"--mount\" flag: target is required",
      })
  void wrongValuesAreRefusedInDockersWords(String flag, String value, String message) {
    assertThatThrownBy(() -> body(flag, value, "img")).hasMessage(message);
  }
}
