package dev.proa.namespace.plan;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.List;

/** Which ids inside a user namespace are which of the host (user_namespaces(7)). */
public record IdMap(List<Spec.IdMapping> uids, List<Spec.IdMapping> gids) {
  /** The kernel takes so many lines since Linux 4.15. */
  private static final int MAX_LINES = 340;

  private static final long IDS = 1L << 32;

  public IdMap {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
    check(uids, "uidMappings");
    check(gids, "gidMappings");
  }

  private static void check(List<Spec.IdMapping> mappings, String what) {
    if (mappings.isEmpty() || mappings.size() > MAX_LINES) {
      throw ProaException.invalid(what + ": " + mappings.size() + " mappings, and a user namespace takes 1 to " + MAX_LINES);
    }
    for (Spec.IdMapping m : mappings) {
      boolean fits = m.size() > 0 && m.containerID() >= 0 && m.hostID() >= 0 && m.containerID() + m.size() <= IDS && m.hostID() + m.size() <= IDS;
      if (!fits || m.size() > IDS) {
        throw ProaException.invalid(what + ": " + m.size() + " ids from " + m.containerID() + " cannot be those from " + m.hostID());
      }
    }
  }

  /** The host's number of a user inside. */
  int hostUid(int uid) {
    return host(uids, uid, "uid");
  }

  int hostGid(int gid) {
    return host(gids, gid, "gid");
  }

  private static int host(List<Spec.IdMapping> mappings, int id, String what) {
    long inside = Integer.toUnsignedLong(id);
    for (Spec.IdMapping mapping : mappings) {
      if (inside >= mapping.containerID() && inside < mapping.containerID() + mapping.size()) {
        return (int) (mapping.hostID() + inside - mapping.containerID());
      }
    }
    throw ProaException.invalid(what + " " + inside + " is not mapped into the container's user namespace");
  }

  /** On one line, for {@link #decode}. */
  public String encode() {
    return lines(uids).replace('\n', ',') + "/" + lines(gids).replace('\n', ',');
  }

  /** What {@link #encode} wrote. */
  public static IdMap decode(String text) {
    String[] halves = text.split("/");
    return new IdMap(mappings(halves[0]), mappings(halves[1]));
  }

  private static List<Spec.IdMapping> mappings(String text) {
    return java.util.Arrays.stream(text.split(","))
        .map(line -> line.split(" "))
        .map(numbers -> new Spec.IdMapping(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2])))
        .toList();
  }

  /** As /proc/PID/uid_map takes it. */
  public static String lines(List<Spec.IdMapping> mappings) {
    StringBuilder text = new StringBuilder();
    for (Spec.IdMapping m : mappings) {
      text.append(m.containerID()).append(' ').append(m.hostID()).append(' ').append(m.size()).append('\n');
    }
    return text.toString();
  }
}
