package dev.proa.spawn;

import static dev.proa.linux.abi.Sched.*;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** Clone flags for people, and which of them a plan may ask for. */
final class CloneFlags {
  private static final long NAMESPACES =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;
  private static final Map<Long, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put(CLONE_NEWUSER, "CLONE_NEWUSER");
    NAMES.put(CLONE_NEWPID, "CLONE_NEWPID");
    NAMES.put(CLONE_NEWNS, "CLONE_NEWNS");
    NAMES.put(CLONE_NEWUTS, "CLONE_NEWUTS");
    NAMES.put(CLONE_NEWIPC, "CLONE_NEWIPC");
    NAMES.put(CLONE_NEWNET, "CLONE_NEWNET");
    NAMES.put(CLONE_NEWCGROUP, "CLONE_NEWCGROUP");
    NAMES.put(CLONE_PARENT, "CLONE_PARENT");
    NAMES.put(CLONE_VM, "CLONE_VM");
    NAMES.put(CLONE_VFORK, "CLONE_VFORK");
    NAMES.put(CLONE_PIDFD, "CLONE_PIDFD");
    NAMES.put(CLONE_PARENT_SETTID, "CLONE_PARENT_SETTID");
    NAMES.put(CLONE_CLEAR_SIGHAND, "CLONE_CLEAR_SIGHAND");
    NAMES.put(CLONE_INTO_CGROUP, "CLONE_INTO_CGROUP");
  }

  private CloneFlags() {}

  static long namespacesOnly(long flags) {
    if ((flags & CLONE_NEWUSER) != 0) {
      throw new IllegalArgumentException(
          "the execve of a plan's image would drop all capabilities in a new user namespace: let a step unshare(CLONE_NEWUSER), then a gate for the"
              + " mappings, then cloneVisible with the other namespaces");
    }
    if ((flags & ~NAMESPACES) != 0) {
      throw new IllegalArgumentException("a plan's first clone takes CLONE_NEW* flags only, not " + shown(flags & ~NAMESPACES));
    }
    return flags;
  }

  static String shown(long flags) {
    StringJoiner out = new StringJoiner("|");
    long rest = flags;
    for (Map.Entry<Long, String> entry : NAMES.entrySet()) {
      if ((flags & entry.getKey()) != 0) {
        out.add(entry.getValue());
        rest &= ~entry.getKey();
      }
    }
    if (rest != 0 || flags == 0) {
      out.add(rest == 0 ? "0" : "0x" + Long.toHexString(rest));
    }
    return out.toString();
  }
}
