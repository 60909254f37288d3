package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Stat;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.CopyUps;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.Links;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.plan.TaskPlanner;
import dev.proa.namespace.seccomp.SeccompAssembler;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Spawner;
import dev.proa.spawn.Stdio;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a specification to a process that waits for its start: finds out what the plan has to know, has it run, and runs the hooks on the way. */
final class TaskMaker {
  private static final Logger LOG = LoggerFactory.getLogger(TaskMaker.class);

  private final Spawner spawner;
  private final CgroupLayout layout;
  private final HostFacts host;
  private final FilterStore filters;
  private final Path scratch;
  private final SeccompAssembler assembler;
  private final HookRunner hooks;

  /** @param scratch an empty folder that all tasks share */
  TaskMaker(Spawner spawner, CgroupLayout layout, HostFacts host, FilterStore filters, Path scratch, SeccompAssembler assembler) {
    this.spawner = spawner;
    this.layout = layout;
    this.host = host;
    this.filters = filters;
    this.scratch = scratch;
    this.assembler = assembler;
    this.hooks = new HookRunner(spawner, host);
  }

  /** The filter that a specification asks for, null for none. */
  @Nullable SeccompFilter filterOf(Spec spec) {
    Spec.Seccomp profile = spec.linux().seccomp();
    return profile == null ? null : assembler.assemble(profile);
  }

  /** A task whose process waits, and what is kept of it. */
  record Made(TaskRecord record, Spawned process) {}

  /**
   * Makes a task.
   *
   * @param folder the task's own; the record is written there while the plan runs
   * @param bundle what hooks are told
   * @param cgroup made already
   */
  Made make(TaskSpec task, Path folder, String bundle, TaskCgroup cgroup, @Nullable SeccompFilter filter) {
    return make(task, folder, bundle, cgroup, filter, List.of());
  }

  /** @param preserved what its program finds at 3 and behind it; they stay the caller's */
  Made make(TaskSpec task, Path folder, String bundle, TaskCgroup cgroup, @Nullable SeccompFilter filter, List<Fd> preserved) {
    String id = task.id();
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    try {
      for (int i = 0; i < preserved.size(); i++) {
        descriptors.put(SpawnPlan.PRESERVED + i, preserved.get(i).duplicate());
      }
      Prepared prepared = prepare(task, folder, cgroup, filter, descriptors, preserved.size());
      try (Fd unified = cgroup.openUnified()) {
        Stdio stdio = task.spec().process().terminal() ? Stdio.PTY : task.stdin() ? Stdio.PIPES : Stdio.OUTPUT;
        SpawnRequest request = new SpawnRequest(id, prepared.plan(), descriptors, stdio, unified, SpawnRequest.DEFAULT_DEADLINE);
        return await(prepared, folder, bundle, cgroup, filter, spawner.spawn(request));
      }
    } catch (SpawnException e) {
      throw Failures.ofSpawn(id, task.spec().process(), e);
    } catch (IOException e) {
      throw Failures.ofShim("cannot create " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot create " + Failures.shortened(id));
    } finally {
      descriptors.values().forEach(Fd::close);
    }
  }

  /** The plan alone: all is found out and made as for a start, and nothing is started. */
  SpawnPlan plan(TaskSpec task, Path folder, TaskCgroup cgroup, @Nullable SeccompFilter filter) {
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    try {
      return prepare(task, folder, cgroup, filter, descriptors, 0).plan();
    } catch (IOException e) {
      throw Failures.ofShim("cannot plan " + Failures.shortened(task.id()), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot plan " + Failures.shortened(task.id()));
    } finally {
      descriptors.values().forEach(Fd::close);
    }
  }

  /** A plan, and the specification that it is of. */
  private record Prepared(TaskSpec task, SpawnPlan plan, UserNamespaces.Prepared users) {}

  private Prepared prepare(TaskSpec task, Path folder, TaskCgroup cgroup, @Nullable SeccompFilter filter, Map<String, Fd> descriptors, int preserved)
      throws IOException, InterruptedException {
    Neighbours.check(task.spec(), host);
    Map<String, Fd> entrances = cgroup.openEntrances();
    entrances.forEach((controller, fd) -> descriptors.put(Surroundings.cgroupDescriptor(controller), fd));
    UserNamespaces.Prepared users = new UserNamespaces(spawner).prepare(task.id(), task.spec(), descriptors);
    TaskSpec known = task.with(users.spec());
    TaskPlanner.namespacePaths(users.spec())
        .forEach((type, path) -> descriptors.computeIfAbsent(Surroundings.namespaceDescriptor(type), unused -> openNamespace(type, path)));
    Surroundings surroundings =
        new Surroundings(
            attachment(known, users, folder),
            scratch.toString(),
            TaskMaker::isDirectory,
            List.copyOf(entrances.keySet()),
            layout.pureV2() ? Map.of() : cgroup.v1Folders(entrances.containsKey("cpuset")),
            users.users(),
            preserved);
    return new Prepared(known, TaskPlanner.plan(known, host, surroundings, filter), users);
  }

  /** Hooks that see the container's mounts look for them below the bundle's root; but for a user namespace, whose root cannot mount anything there. */
  private static String attachment(TaskSpec task, UserNamespaces.Prepared users, Path folder) {
    Spec.Hooks hooks = task.spec().hooks();
    boolean seen = hooks != null && !hooks.createContainer().isEmpty();
    return seen && task.rootfs().isEmpty() && users.users() == null ? task.spec().root().path() : folder.toString();
  }

  private Made await(
      Prepared prepared, Path folder, String bundle, TaskCgroup cgroup, @Nullable SeccompFilter filter, Spawned process)
      throws IOException, InterruptedException {
    try {
      FaultPoints.reach("task.spawned");
      // While the plan runs.
      TaskRecord record = record(prepared, cgroup, filter, process.pid());
      record.write(folder);
      FaultPoints.reach("task.recorded");
      awaitGate(prepared, process);
      Spec.Hooks wanted = prepared.task().spec().hooks();
      if (wanted != null && TaskPlanner.waitsForHooks(prepared.task().spec())) {
        OciState state = new OciState(prepared.task().id(), "creating", process.pid(), bundle, prepared.task().spec().annotations());
        hooks.beforePivot(wanted, state, record, process.pidfd());
        process.release();
        awaitGate(prepared, process);
        if (process.pid() != record.pid()) {
          record = record(prepared, cgroup, filter, process.pid());
          record.write(folder);
        }
      }
      return new Made(record, process);
    } catch (SpawnException e) {
      process.close();
      throw e;
    } catch (IOException | RuntimeException | InterruptedException e) {
      killAndForget(process);
      throw e;
    }
  }

  /** Until it waits for hooks, or for its start; on the way what links lead to is made for it, and what it wants to be filled is filled. */
  private static void awaitGate(Prepared prepared, Spawned process) throws SpawnException, IOException, InterruptedException {
    try (CopyUpWork copies = new CopyUpWork()) {
      while (true) {
        int gate = process.awaitGate();
        Links.Wanted link = Links.at(prepared.plan(), gate);
        CopyUps.Wanted copy = CopyUps.at(prepared.plan(), gate);
        if (link != null) {
          LinkTarget.make(process.pid(), link);
        } else if (copy != null) {
          copies.go(process.pid(), copy);
        } else {
          return;
        }
        process.release();
      }
    }
  }

  private TaskRecord record(Prepared prepared, TaskCgroup cgroup, @Nullable SeccompFilter filter, int pid) {
    Spec spec = prepared.task().spec();
    return new TaskRecord(
        cgroup.group(),
        pid,
        TaskRecord.birthOf(pid),
        filters.save(filter),
        spec.process().args().getFirst(),
        prepared.plan().steps().size() - 1,
        hasNew(spec, "pid"),
        isMemoryLimited(spec.linux().resources()),
        Instant.now(),
        prepared.users().users(),
        spec.linux().namespaces().stream().anyMatch(namespace -> namespace.type().equals("time")),
        !hasNew(spec, "mount"));
  }

  /** After a failure of ours behind a spawn that succeeded. */
  private static void killAndForget(Spawned process) {
    try {
      process.pidfd().signal(Signal.SIGKILL);
      process.awaitReady();
    } catch (SpawnException e) {
      LOG.debug("{} was discarded: {}", process.name(), e.getMessage());
    } catch (IOException e) {
      LOG.warn("{} could not be discarded: {}", process.name(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.close();
    }
  }

  private static boolean hasNew(Spec spec, String type) {
    return spec.linux().namespaces().stream()
        .anyMatch(namespace -> namespace.type().equals(type) && (namespace.path() == null || namespace.path().isEmpty()));
  }

  private static boolean isMemoryLimited(Spec.Resources resources) {
    Spec.Memory memory = resources.memory();
    return memory != null && memory.limit() != null && memory.limit() > 0;
  }

  private static boolean isDirectory(String path) {
    try {
      return (Fs.statx(Fd.cwd(), path, 0).mode() & Stat.S_IFMT) == Stat.S_IFDIR;
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ENOENT
          ? ProaException.invalid("invalid mount config for type \"bind\": bind source path does not exist: " + path)
          : ProaException.invalid("mount of " + path + ": " + e.getMessage());
    }
  }

  private static Fd openNamespace(String type, String path) {
    try {
      return Fs.openat(Fd.cwd(), path, Fcntl.O_RDONLY);
    } catch (ErrnoException e) {
      throw ProaException.invalid("linux.namespaces: cannot join the " + type + " namespace: " + e.getMessage());
    }
  }
}
