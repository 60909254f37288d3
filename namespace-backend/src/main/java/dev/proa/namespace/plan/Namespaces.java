package dev.proa.namespace.plan;

import dev.proa.linux.abi.Sched;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which namespaces are new, which are somebody else's by path, and which stay the shim's. */
final class Namespaces {
  private static final Map<String, Long> FLAGS = new LinkedHashMap<>();

  static {
    FLAGS.put("user", Sched.CLONE_NEWUSER);
    FLAGS.put("mount", Sched.CLONE_NEWNS);
    FLAGS.put("network", Sched.CLONE_NEWNET);
    FLAGS.put("ipc", Sched.CLONE_NEWIPC);
    FLAGS.put("uts", Sched.CLONE_NEWUTS);
    FLAGS.put("cgroup", Sched.CLONE_NEWCGROUP);
    FLAGS.put("pid", Sched.CLONE_NEWPID);
    FLAGS.put("time", Sched.CLONE_NEWTIME);
  }

  private final Map<String, Spec.Namespace> byType = new LinkedHashMap<>();

  Namespaces(List<Spec.Namespace> namespaces) {
    for (Spec.Namespace namespace : namespaces) {
      if (!FLAGS.containsKey(namespace.type())) {
        throw ProaException.invalid("linux.namespaces: \"" + namespace.type() + "\" is no type of namespace");
      }
      if (byType.put(namespace.type(), namespace) != null) {
        throw ProaException.invalid("linux.namespaces: " + namespace.type() + " is there twice");
      }
    }
    if (!isNew("mount") && isNew("user")) {
      throw ProaException.invalid(
          "linux.namespaces: a container with a new user namespace needs a new mount namespace as well; who is inside has no rights over any other");
    }
  }

  boolean isNew(String type) {
    Spec.Namespace namespace = byType.get(type);
    return namespace != null && (namespace.path() == null || namespace.path().isEmpty());
  }

  boolean isJoined(String type) {
    return byType.containsKey(type) && !isNew(type);
  }

  /** Whether it is not the shim's. */
  boolean isOwn(String type) {
    return byType.containsKey(type);
  }

  /**
   * Of the clone that makes them, always with a mount namespace: one that is joined is entered once everything is mounted. A cgroup namespace is not among them: it takes the group that the process is in, so it comes after that. Nor are a
   * user namespace, which is there before, and a time namespace, which clone(2) does not make.
   */
  long cloneFlags() {
    long flags = Sched.CLONE_NEWNS;
    for (Map.Entry<String, Long> entry : FLAGS.entrySet()) {
      if (isNew(entry.getKey()) && !List.of("cgroup", "user", "time").contains(entry.getKey())) {
        flags |= entry.getValue();
      }
    }
    return flags;
  }

  /** Those given by path, in the order in which they are entered; but for the user and the mount namespace. */
  List<Spec.Namespace> joined() {
    List<Spec.Namespace> joined = new ArrayList<>();
    for (String type : FLAGS.keySet()) {
      // The user namespace is entered last: only the host's root may enter whatever namespace there is. The mount namespace has a step of its own.
      if (isJoined(type) && !List.of("user", "mount").contains(type)) {
        joined.add(byType.get(type));
      }
    }
    return joined;
  }

  static long flag(String type) {
    Long flag = FLAGS.get(type);
    if (flag == null) {
      throw ProaException.invalid("linux.namespaces: \"" + type + "\" is no type of namespace");
    }
    return flag;
  }

  /** As the kernel's headers call it. */
  static String flagName(String type) {
    return switch (type) {
      case "mount" -> "CLONE_NEWNS";
      case "network" -> "CLONE_NEWNET";
      default -> "CLONE_NEW" + type.toUpperCase(java.util.Locale.ROOT);
    };
  }
}
