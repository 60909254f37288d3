package dev.proa.namespace.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CgroupLayoutTest {
  private static final List<String> HYBRID =
      List.of(
          "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
          "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct",
          "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
          "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd",
          "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
          "90 23 0:32 / /var/lib/some\\040body/else/memory rw,relatime - cgroup cgroup rw,memory");

  @Test
  void hybridHostsHaveControllersInTheirHierarchies() {
    assertThat(CgroupLayout.v1(HYBRID))
        .containsOnly(
            Map.entry("cpu", "/sys/fs/cgroup/cpu,cpuacct"),
            Map.entry("cpuacct", "/sys/fs/cgroup/cpu,cpuacct"),
            Map.entry("memory", "/sys/fs/cgroup/memory"),
            Map.entry(CgroupLayout.SYSTEMD, "/sys/fs/cgroup/systemd"));
    assertThat(CgroupLayout.unified(HYBRID)).isEqualTo("/sys/fs/cgroup/unified");
  }

  @Test
  void mountPointsWithSpacesAreUnderstood() {
    assertThat(CgroupLayout.v1(HYBRID.subList(5, 6))).containsEntry("memory", "/var/lib/some body/else/memory");
  }

  @Test
  void aNamedHierarchyBesideV2LeavesItsControllersThere() {
    assertThat(new CgroupLayout(Map.of(CgroupLayout.SYSTEMD, "/sys/fs/cgroup/systemd"), "/sys/fs/cgroup", Set.of("memory")).pureV2()).isTrue();
  }

  @Test
  void pureV2HasWhatItCountsWithoutControllers() {
    CgroupLayout v2 = new CgroupLayout(Map.of(), "/sys/fs/cgroup", Set.of("cpu", "io", "memory", "pids"));
    assertThat(v2.pureV2()).isTrue();
    assertThat(v2.has("devices")).isTrue();
    assertThat(v2.has("blkio")).isTrue();
    assertThat(v2.has("cpuset")).isFalse();
  }

  @Test
  void groupsCannotLeaveTheirHierarchy() {
    CgroupLayout v2 = new CgroupLayout(Map.of(), "/sys/fs/cgroup", Set.of());
    for (String group : List.of("proa/x", "/proa/../../etc", "/", "/proa/", "//x")) {
      assertThatThrownBy(() -> new TaskCgroup(v2, group)).hasMessageContaining("is no path of a control group");
    }
  }

  @Test
  void sharesAndWeightsOfV1BecomeThoseOfV2() {
    assertThat(CpuV2.weight(2)).isEqualTo(1);
    assertThat(CpuV2.weight(1024)).isEqualTo(39);
    assertThat(CpuV2.weight(262_144)).isEqualTo(10_000);
    assertThat(IoV2.weight(10)).isEqualTo(1);
    assertThat(IoV2.weight(500)).isEqualTo(4950);
    assertThat(IoV2.weight(1000)).isEqualTo(10_000);
  }
}
