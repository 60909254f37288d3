package dev.proa.microvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.spi.Mount;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.Specs;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a specification means in a guest, and what is refused with which words. */
final class GuestSpecTest {
  private static Spec spec() {
    return Specs.of(Path.of("/image"), "sh");
  }

  private static TaskSpec task(Spec spec) {
    return new TaskSpec("id", spec, List.of(new Mount("overlay", "overlay", "", List.of("lowerdir=/l"))), false);
  }

  private static Spec with(Spec spec, List<Spec.Namespace> namespaces) {
    return spec.withLinux(spec.linux().with(namespaces, List.of(), List.of()));
  }

  private static List<Spec.Namespace> without(Spec spec, String type) {
    return spec.linux().namespaces().stream().filter(namespace -> !namespace.type().equals(type)).toList();
  }

  private static void assertRefused(Spec spec, String words) {
    assertThatThrownBy(() -> GuestSpec.check(task(spec))).isInstanceOf(ProaException.class).hasMessageContaining(words);
  }

  @Test
  void ordinaryContainerIsAccepted() {
    GuestSpec.check(task(spec()));
  }

  @Test
  void namespacesOfTheHostAreRefusedWithTheReason() {
    assertRefused(with(spec(), without(spec(), "network")), "--network host: a microVM has a network stack of its own");
    assertRefused(with(spec(), without(spec(), "pid")), "--pid host: a microVM's kernel knows its own processes only");
    assertRefused(with(spec(), without(spec(), "ipc")), "--ipc host");
    assertRefused(with(spec(), without(spec(), "uts")), "--uts host");
  }

  @Test
  void namespacesOfOtherContainersAreRefused() {
    List<Spec.Namespace> namespaces = new ArrayList<>(without(spec(), "network"));
    namespaces.add(new Spec.Namespace("network", "/proc/7/ns/net"));
    assertRefused(with(spec(), namespaces), "a microVM cannot join the network namespace /proc/7/ns/net, which is another kernel's");
  }

  @Test
  void userNamespaceIsRefused() {
    List<Spec.Namespace> namespaces = new ArrayList<>(spec().linux().namespaces());
    namespaces.add(new Spec.Namespace("user", null));
    assertRefused(with(spec(), namespaces), "a microVM takes no user namespace");
  }

  @Test
  void rootAndBindsComeFromTheShareAndTheRestIsTheGuestsOwn() {
    Spec spec = spec();
    List<Spec.Mount> mounts = new ArrayList<>(spec.mounts());
    mounts.add(new Spec.Mount("/data", "bind", "/host/data", List.of("rbind", "ro", "rslave")));
    Spec bound =
        new Spec(spec.ociVersion(), spec.process(), spec.root(), spec.hostname(), null, mounts, null, spec.linux(), Map.of());
    TaskSpec inside = GuestSpec.inGuest(task(bound), "/share");
    assertThat(inside.rootfs()).isEmpty();
    assertThat(inside.spec().root().path()).isEqualTo("/share/root");
    assertThat(inside.spec().mounts().getLast()).isEqualTo(new Spec.Mount("/data", "bind", "/share/m" + (mounts.size() - 1), List.of("rbind", "ro")));
    assertThat(inside.spec().mounts().subList(0, mounts.size() - 1)).isEqualTo(spec.mounts());
    assertThat(inside.spec().linux().namespaces()).contains(new Spec.Namespace("network", "/proc/1/ns/net"), new Spec.Namespace("pid", null));
  }

  private static Spec.Resources resources(Long memory, Long quota) {
    return new Spec.Resources(
        List.of(),
        memory == null ? null : new Spec.Memory(memory, null, null, null, null, null),
        quota == null ? null : new Spec.Cpu(null, quota, 100_000L, null, null, null, null),
        100L,
        null,
        List.of(),
        Map.of());
  }

  @Test
  void guestIsAsLargeAsTheLimitsAndTheMonitorsGroupALittleLarger() {
    GuestSpec.Size size = GuestSpec.sizeOf(resources(512L << 20, 250_000L), 64L << 30, 16);
    assertThat(size).isEqualTo(new GuestSpec.Size(512 + 96, 3));
    Spec.Resources monitor = GuestSpec.ofMonitor(resources(512L << 20, 250_000L), size);
    assertThat(monitor.memory()).isNotNull();
    assertThat(monitor.memory().limit()).isEqualTo((512L + 96 + 192) << 20);
    assertThat(monitor.pidsLimit()).as("processes are counted in the guest").isNull();
  }

  @Test
  void guestWithoutLimitsHasOneProcessorAndAtMostHalfOfTheMemory() {
    assertThat(GuestSpec.sizeOf(Spec.Resources.none(), 64L << 30, 16)).isEqualTo(new GuestSpec.Size(2048, 1));
    assertThat(GuestSpec.sizeOf(Spec.Resources.none(), 1L << 30, 16)).isEqualTo(new GuestSpec.Size(512, 1));
    assertThat(GuestSpec.sizeOf(resources(1L << 20, 10_000_000L), 1L << 30, 4)).isEqualTo(new GuestSpec.Size(128, 4));
  }
}
