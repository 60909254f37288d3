package dev.proa.lifecycle.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proa.lifecycle.internal.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentsTest {

  @Test
  void hostConfigKeepsItsFlatMembers() {
    String json =
        """
        {"Memory": 67108864, "NanoCpus": 500000000, "PidsLimit": null, "Binds": ["/a:/b:ro"], "UTSMode": "host", "CapAdd": "ALL",
         "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}], "81/udp": null}, "Devices": [{"PathOnHost": "/dev/zero"}],
         "Unknown": 1, "Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1}}], "ShmSize": null}
        """;
    HostConfig config = read(json, HostConfig.class);
    assertThat(config.resources().memory()).isEqualTo(67108864);
    assertThat(config.resources().nanoCpus()).isEqualTo(500000000);
    assertThat(config.resources().pidsLimit()).isNull();
    assertThat(config.resources().devices()).extracting(Resources.DeviceMapping::pathOnHost).containsExactly("/dev/zero");
    assertThat(config.utsMode()).isEqualTo("host");
    assertThat(config.capAdd()).containsExactly("ALL");
    assertThat(config.portBindings()).containsOnlyKeys("80/tcp", "81/udp");
    assertThat(read(new String(Json.write(config), StandardCharsets.UTF_8), HostConfig.class)).isEqualTo(config);
    assertThat(new String(Json.write(config), StandardCharsets.UTF_8))
        .contains("\"Memory\":67108864", "\"CpuShares\":0", "\"BlkioDeviceReadIOps\":null", "\"IOMaximumIOps\":0", "\"UTSMode\":\"host\"")
        .doesNotContain("Resources", "KernelMemory", "Sysctls");
  }

  @Test
  void anEmptyHostConfigIsOne() {
    HostConfig config = read("{}", HostConfig.class);
    assertThat(config.resources().memory()).isZero();
    assertThat(config.binds()).isNull();
  }

  @Test
  void aCommandMayBeOneString() {
    ContainerConfig config = read("{\"Cmd\": \"true\", \"Entrypoint\": [\"\"], \"ExposedPorts\": {\"80/tcp\": {}}}", ContainerConfig.class);
    assertThat(config.cmd()).isEqualTo(List.of("true"));
    assertThat(config.entrypoint()).isEqualTo(List.of(""));
    assertThat(config.image()).isNull();
    assertThat(new String(Json.write(config), StandardCharsets.UTF_8))
        .contains("\"Cmd\":[\"true\"]", "\"ExposedPorts\":{\"80/tcp\":{}}", "\"Volumes\":null")
        .doesNotContain("NetworkDisabled", "Healthcheck", "StopTimeout");
  }

  @Test
  void statsAreInSnakeCase() {
    ContainerStats stats =
        new ContainerStats(
            "/a",
            "1",
            ContainerState.NEVER,
            ContainerState.NEVER,
            new ContainerStats.PidsStats(1L, null),
            new ContainerStats.BlkioStats(null, null, null, null, null, null, null, null),
            0,
            java.util.Map.of(),
            new ContainerStats.CpuStats(
                new ContainerStats.CpuUsage(1, null, 2, 3), null, null, new ContainerStats.ThrottlingData(0, 0, 0)),
            new ContainerStats.CpuStats(
                new ContainerStats.CpuUsage(1, null, 2, 3), null, null, new ContainerStats.ThrottlingData(0, 0, 0)),
            new ContainerStats.MemoryStats(null, null, null, null, null),
            null,
            java.util.Map.of());
    assertThat(new String(Json.write(stats), StandardCharsets.UTF_8))
        .contains(
            "\"pids_stats\":{\"current\":1}",
            "\"io_service_bytes_recursive\":null",
            "\"precpu_stats\"",
            "\"usage_in_kernelmode\":2",
            "\"memory_stats\":{}",
            "\"read\":\"0001-01-01T00:00:00Z\"");
  }

  private static <T> T read(String json, Class<T> type) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), type, "test");
  }
}
