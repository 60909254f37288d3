package dev.proa.lifecycle.internal.run;

import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.spi.ProaException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which kernel settings are a container's own: those of a namespace that it does not share. */
public final class Sysctls {
  private static final Set<String> IPC =
      Set.of("kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced");

  private Sysctls() {}

  /** @throws ProaException {@code INVALID_ARGUMENT} for one that would change the host or another container */
  public static void check(String name, boolean ownNetwork, HostConfig host) {
    String dotted = name.replace('/', '.');
    if (dotted.contains("..")) {
      throw refused(name);
    }
    if (IPC.contains(dotted) || dotted.startsWith("fs.mqueue.")) {
      if (Modes.HOST.equals(host.ipcMode())) {
        throw ProaException.invalid("sysctl \"" + name + "\" is not allowed in the hosts ipc namespace");
      }
    } else if (dotted.startsWith("net.")) {
      if (!ownNetwork) {
        throw ProaException.invalid("sysctl \"" + name + "\" not allowed in host network namespace");
      }
    } else if (dotted.equals("kernel.domainname")) {
      if (Modes.HOST.equals(host.utsMode())) {
        throw ProaException.invalid("sysctl \"" + name + "\" is not allowed in the hosts UTS namespace");
      }
    } else {
      throw refused(name);
    }
  }

  /** The interface that it is about, which is not there before the container is attached to its networks; null for all others. */
  public static @Nullable String interfaceOf(String name) {
    String[] parts = name.replace('/', '.').split("\\.", 5);
    boolean own = parts.length == 5 && parts[0].equals("net") && (parts[2].equals("conf") || parts[2].equals("neigh"));
    return own && !Set.of("all", "default", "lo").contains(parts[3]) ? parts[3] : null;
  }

  private static ProaException refused(String name) {
    return ProaException.invalid("sysctl \"" + name + "\" is not in a separate kernel namespace");
  }
}
