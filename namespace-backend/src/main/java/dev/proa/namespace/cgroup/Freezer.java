package dev.proa.namespace.cgroup;

import dev.proa.linux.ErrnoException;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Stops and starts all processes of a group: one file of v2, which says when it is done, or the freezer of v1, which has to be asked again and again. */
final class Freezer {
  /** A process in an uninterruptible call is frozen only after it. */
  private static final Duration FREEZE_TIME = Duration.ofSeconds(10);

  private static final int ROUNDS = 200;

  private final CgroupLayout layout;
  private final String group;

  Freezer(CgroupLayout layout, String group) {
    this.layout = layout;
    this.group = group;
  }

  /** Freezes or thaws all processes and waits until they are. */
  void freeze(boolean frozen) {
    String unified = layout.unifiedFolder(group);
    try {
      boolean done = unified != null ? freezeV2(unified, frozen) : freezeV1(frozen);
      if (!done) {
        throw ProaException.unavailable(
            "the processes of " + group + " could not be " + (frozen ? "frozen" : "thawed") + " within " + FREEZE_TIME.toSeconds() + " s", null);
      }
    } catch (ErrnoException e) {
      throw CgroupFile.failed("cannot " + (frozen ? "freeze" : "thaw") + " " + group, e);
    }
  }

  private static boolean freezeV2(String folder, boolean frozen) throws ErrnoException {
    CgroupFile.write(folder + "/cgroup.freeze", frozen ? "1" : "0");
    boolean done = CgroupEvents.await(folder, "frozen", frozen ? 1 : 0, FREEZE_TIME);
    if (!done && frozen) {
      CgroupFile.write(folder + "/cgroup.freeze", "0");
    }
    return done;
  }

  private boolean freezeV1(boolean frozen) throws ErrnoException {
    String freezer = layout.v1Folder("freezer", group);
    if (freezer == null) {
      throw ProaException.failedPrecondition("this host has no freezer among its control groups");
    }
    String wanted = frozen ? "FROZEN" : "THAWED";
    for (int round = 0; round < ROUNDS; round++) {
      // Writing again retries what could not be frozen, such as a process in a vfork.
      CgroupFile.write(freezer + "/freezer.state", wanted);
      if (CgroupFile.read(freezer + "/freezer.state").strip().equals(wanted)) {
        return true;
      }
      LockSupport.parkNanos(FREEZE_TIME.toNanos() / ROUNDS);
    }
    if (frozen) {
      CgroupFile.write(freezer + "/freezer.state", "THAWED");
    }
    return false;
  }

  boolean frozen() {
    String unified = layout.unifiedFolder(group);
    if (unified != null) {
      String text = CgroupFile.readIfThere(unified + "/cgroup.freeze");
      return text != null && text.strip().equals("1");
    }
    String freezer = layout.v1Folder("freezer", group);
    String text = freezer == null ? null : CgroupFile.readIfThere(freezer + "/freezer.state");
    return text != null && !text.strip().equals("THAWED");
  }
}
