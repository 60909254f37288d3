package dev.proa.microvm;

import dev.proa.linux.Fd;
import dev.proa.microvm.agent.Agent;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.MonitorPlanner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What runs guests: the VMM, or in tests a process in namespaces that stands for a guest. */
interface Hypervisor {
  /** Why this host can run no guest, in a sentence with what to do; null if it can. */
  @Nullable String missing();

  /** What the guest's kernel offers. */
  HostFacts guestFacts() throws IOException;

  /**
   * Gets a task's monitor ready to be spawned.
   *
   * @param folder of the task; {@link #AGENT} in it is where the agent is reached once the guest is up
   */
  Prepared prepare(Path folder) throws IOException;

  /**
   * Lets the guest run; it may still be coming up when this returns.
   *
   * @param control what {@link Prepared#control} gave, or copies of it
   * @param monitorPid of the monitor
   * @param time for the monitor to be up and to begin
   * @return what {@link #settle} is to be told
   */
  GuestBoot boot(List<Fd> control, int monitorPid, GuestSpec.Size size, Duration time) throws IOException;

  /** Where the guest has the monitor's share. */
  String share();

  /** The guest's folder of the container's control group, empty if there is none. */
  String group();

  /** Once the agent answers, and before anything of the container is in the guest: clock and entropy, the share, the network. */
  void settle(List<Fd> control, Agent agent, GuestBoot boot) throws IOException;

  /** It did not come up: what it came from is not to be used again. */
  default void unfit(GuestBoot boot) {}

  void pause(List<Fd> control, Path folder) throws IOException;

  void resume(List<Fd> control, Path folder) throws IOException;

  /** What there is to say about a guest that does not answer or has ended, in one line; empty for nothing. */
  String autopsy(List<Fd> control);

  /** The socket of the agent in a task's folder. */
  String AGENT = "agent.sock";

  /**
   * A monitor to be spawned.
   *
   * @param given to the plan by name; closed by the caller
   * @param control what commands to the monitor go over; kept by the shim, closed by the caller
   */
  record Prepared(MonitorPlanner.Monitor monitor, Map<String, Fd> given, List<Fd> control) {}
}
