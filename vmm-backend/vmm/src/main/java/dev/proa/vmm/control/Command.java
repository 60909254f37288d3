package dev.proa.vmm.control;

import dev.proa.vmm.control.VmConfiguration.Boot;
import dev.proa.vmm.control.VmConfiguration.SnapshotFiles;

/** What the backend asks of a VMM; each is answered by one {@link Event.Done}, {@link Event.Failed} or {@link Event.Stats} with its sequence number. */
public sealed interface Command {
  /** Builds the microVM and runs it. Once a process; legal first only. Done when the vCPUs run. */
  record Start(VmConfiguration configuration, Boot boot) implements Command {}

  /**
   * Builds the microVM from a snapshot. The configuration must have the devices that the snapshot has, in number and kind, and its memory and vCPUs;
   * what is behind the devices may be another. Legal first only.
   *
   * @param run false leaves it paused
   */
  record Restore(VmConfiguration configuration, SnapshotFiles files, boolean run) implements Command {}

  /** Done when no vCPU runs and no device touches guest memory. Pausing what is paused is no error. */
  record Pause() implements Command {}

  record Resume() implements Command {}

  /** Writes a snapshot of a paused microVM into two empty files. It stays paused. */
  record Snapshot(SnapshotFiles files) implements Command {}

  record GetStats() implements Command {}

  /** Ends the microVM at once, as pulling its plug does: {@link Event.Exited} with STOPPED comes, then the process ends. */
  record Stop() implements Command {}
}
