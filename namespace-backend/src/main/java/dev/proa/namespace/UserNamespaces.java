package dev.proa.namespace;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.FileStatus;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Syscall;
import dev.proa.namespace.plan.IdMap;
import dev.proa.namespace.plan.MountIds;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Spawner;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes user namespaces and learns what they map. A process of the shim's unshares one, or enters one, and waits; its maps are written or read from
 * outside, a descriptor of the namespace is opened, and the process is killed. It never sees the container.
 */
final class UserNamespaces {
  private static final Logger LOG = LoggerFactory.getLogger(UserNamespaces.class);
  private static final String NAMESPACE = "namespace";

  private final Spawner spawner;

  UserNamespaces(Spawner spawner) {
    this.spawner = spawner;
  }

  /**
   * The specification with what was found out.
   *
   * @param spec without a user namespace if the one it names is the host's
   * @param users null in the host's
   */
  record Prepared(Spec spec, @Nullable IdMap users) {}

  /**
   * Makes or opens all that a specification needs.
   *
   * @param descriptors takes them, by the names that plans know
   */
  Prepared prepare(String id, Spec spec, Map<String, Fd> descriptors) throws IOException, InterruptedException {
    for (IdMap map : MountIds.of(spec)) {
      descriptors.put(Surroundings.idMapDescriptor(map), make(id, map));
    }
    Spec.Namespace wanted = spec.linux().namespaces().stream().filter(namespace -> namespace.type().equals("user")).findFirst().orElse(null);
    if (wanted == null) {
      return new Prepared(spec, null);
    }
    String path = wanted.path();
    String name = Surroundings.namespaceDescriptor("user");
    if (path == null || path.isEmpty()) {
      if (spec.linux().uidMappings().isEmpty() || spec.linux().gidMappings().isEmpty()) {
        throw ProaException.invalid("linux.namespaces: a user namespace needs uidMappings and gidMappings");
      }
      IdMap map = new IdMap(spec.linux().uidMappings(), spec.linux().gidMappings());
      descriptors.put(name, make(id, map));
      return new Prepared(spec, map);
    }
    Fd namespace = open(path);
    descriptors.put(name, namespace);
    if (isHosts(namespace)) {
      List<Spec.Namespace> others = spec.linux().namespaces().stream().filter(other -> other != wanted).toList();
      return new Prepared(spec.withLinux(spec.linux().with(others, List.of(), List.of())), null);
    }
    return new Prepared(spec, mapOf(id, namespace));
  }

  private static Fd open(String path) {
    try {
      return Fs.openat(Fd.cwd(), path, Fcntl.O_RDONLY);
    } catch (ErrnoException e) {
      throw ProaException.invalid("linux.namespaces: cannot join the user namespace: " + e.getMessage());
    }
  }

  /** Nobody can enter the user namespace that he is in. */
  private static boolean isHosts(Fd namespace) throws ErrnoException {
    FileStatus own = Fs.statx(Fd.cwd(), "/proc/self/ns/user", 0);
    FileStatus other = Fs.fstat(namespace);
    return own.ino() == other.ino() && own.devMajor() == other.devMajor() && own.devMinor() == other.devMinor();
  }

  /** A new namespace; the caller closes it. */
  private Fd make(String id, IdMap map) throws IOException, InterruptedException {
    SpawnPlan.Builder plan = SpawnPlan.builder("proa: user ns");
    plan.call("own user namespace", Syscall.UNSHARE, Arg.flags("CLONE_NEWUSER", Sched.CLONE_NEWUSER));
    try (Spawned holder = holder(id, plan, Map.of())) {
      try {
        // gid_map first would do as well; setgroups stays allowed, as the maps are written with the host's rights.
        write(holder.pid(), "uid_map", map.uids());
        write(holder.pid(), "gid_map", map.gids());
        return Fs.openat(Fd.cwd(), "/proc/" + holder.pid() + "/ns/user", Fcntl.O_RDONLY);
      } finally {
        end(holder);
      }
    }
  }

  /** What a namespace maps, in the host's ids. */
  private IdMap mapOf(String id, Fd namespace) throws IOException, InterruptedException {
    SpawnPlan.Builder plan = SpawnPlan.builder("proa: user ns");
    plan.call("enter the user namespace", Syscall.SETNS, plan.descriptor(NAMESPACE), Arg.flags("CLONE_NEWUSER", Sched.CLONE_NEWUSER));
    try (Spawned holder = holder(id, plan, Map.of(NAMESPACE, namespace))) {
      try {
        return new IdMap(read(holder.pid(), "uid_map"), read(holder.pid(), "gid_map"));
      } finally {
        end(holder);
      }
    }
  }

  private Spawned holder(String id, SpawnPlan.Builder plan, Map<String, Fd> descriptors) throws IOException, InterruptedException {
    plan.gate("wait for the maps");
    // Never reached: the process is killed where it waits.
    plan.exec("nothing", List.of("/proc/self/nothing"), List.of("nothing"), List.of());
    SpawnRequest request =
        new SpawnRequest(id + "/.userns", plan.build(), descriptors, dev.proa.spawn.Stdio.NONE, null, SpawnRequest.DEFAULT_DEADLINE);
    Spawned holder = spawner.spawn(request);
    try {
      holder.awaitGate();
      return holder;
    } catch (IOException | InterruptedException e) {
      holder.close();
      throw e;
    }
  }

  private static void end(Spawned holder) throws IOException, InterruptedException {
    holder.pidfd().signal(Signal.SIGKILL);
    try {
      holder.awaitReady();
    } catch (SpawnException e) {
      LOG.trace("{} did what it was for: {}", holder.name(), e.getMessage());
    }
  }

  /** In one write, as the kernel takes it only once and only whole (user_namespaces(7)). */
  private static void write(int pid, String file, List<Spec.IdMapping> mappings) throws ErrnoException {
    try (Fd map = Fs.openat(Fd.cwd(), "/proc/" + pid + "/" + file, Fcntl.O_WRONLY)) {
      Io.writeFully(map, IdMap.lines(mappings).getBytes(StandardCharsets.US_ASCII));
    } catch (ErrnoException e) {
      throw ProaException.invalid(
          "linux." + (file.startsWith("u") ? "uid" : "gid") + "Mappings: the kernel does not take " + IdMap.lines(mappings).strip().replace("\n", ", ")
              + ": " + e.errno().text());
    }
  }

  private static List<Spec.IdMapping> read(int pid, String file) throws IOException {
    List<Spec.IdMapping> mappings = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/" + file))) {
      String[] numbers = line.strip().split("\\s+");
      mappings.add(new Spec.IdMapping(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2])));
    }
    return mappings;
  }
}
