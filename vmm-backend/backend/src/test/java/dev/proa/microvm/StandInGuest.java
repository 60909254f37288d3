package dev.proa.microvm;

import dev.proa.linux.Fd;
import dev.proa.microvm.agent.Agent;
import dev.proa.microvm.agent.AgentBinary;
import dev.proa.namespace.HostProbe;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.MonitorPlanner;
import dev.proa.namespace.plan.MonitorPlanner.Monitor;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In place of a virtual machine: the agent itself is the monitor, as the first process of its namespaces and with the host's kernel. All of the backend but the
 * VMM is what it is: the monitor's jail, the shared files, the agent, its protocol, plans, relays.
 */
final class StandInGuest implements Hypervisor {
  private final Path binary;
  private final int shimPid;
  private final String cgroupParent;

  StandInGuest(Path folder, int shimPid, String cgroupParent) throws IOException {
    this.cgroupParent = cgroupParent;
    this.binary = folder.resolve("guest-agent");
    this.shimPid = shimPid;
    if (!Files.exists(binary)) {
      Files.write(binary, AgentBinary.bytes());
      Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Override
  public @Nullable String missing() {
    return null;
  }

  @Override
  public HostFacts guestFacts() {
    HostFacts facts = HostProbe.facts(shimPid);
    return new HostFacts(facts.kernelMajor(), facts.kernelMinor(), facts.noFileHard(), facts.permittedCapabilities(), facts.lastCapability(), false);
  }

  @Override
  public Prepared prepare(Path folder) {
    List<String> all = new ArrayList<>();
    long permitted = HostProbe.facts(shimPid).permittedCapabilities();
    for (int i = 0; i < 64; i++) {
      if ((permitted & 1L << i) != 0) {
        all.add(dev.proa.namespace.plan.CapabilityNames.ALL.get(i));
      }
    }
    Spec.Process process =
        new Spec.Process(
            false, null, new Spec.User(0, 0, null, List.of()), List.of(binary.toString(), "agent", "/task/" + AGENT), List.of(), "/",
            new Spec.Capabilities(all, all, List.of(), all, List.of()), List.of(), false, null, null);
    Monitor monitor =
        new Monitor(
            process, List.of(new MonitorPlanner.HostPath(binary.toString(), false, "")), Map.of("/task", folder.toString()),
            List.of("/dev/null", "/dev/urandom"), Map.of());
    return new Prepared(monitor, Map.of(), List.of());
  }

  @Override
  public GuestBoot boot(List<Fd> control, int monitorPid, GuestSpec.Size size, Duration time) {
    return new GuestBoot(new GuestNetwork(List.of(), List.of()), "", false);
  }

  @Override
  public String share() {
    return MonitorPlanner.SHARE;
  }

  @Override
  public String group() {
    return "";
  }

  @Override
  public void settle(List<Fd> control, Agent agent, GuestBoot boot) {}

  /** The agent stands still as well, as it would in a machine. */
  @Override
  public void pause(List<Fd> control, Path folder) {
    cgroup(folder).freeze(true);
  }

  @Override
  public void resume(List<Fd> control, Path folder) {
    cgroup(folder).freeze(false);
  }

  private TaskCgroup cgroup(Path folder) {
    return new TaskCgroup(CgroupLayout.discover(), cgroupParent + "/" + folder.getFileName());
  }

  @Override
  public String autopsy(List<Fd> control) {
    return "";
  }
}
