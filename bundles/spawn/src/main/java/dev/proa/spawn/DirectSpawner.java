package dev.proa.spawn;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spawn.internal.Direct;
import dev.proa.spawn.internal.Stub;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Starts plans as children of this very process, for a command that makes a container and ends: the container's process then belongs to whoever reaps the
 * orphans of this command, as with every OCI runtime. One thread at a time.
 */
public final class DirectSpawner implements Spawner {
  private final Path imageDirectory;
  private final Slots slots;
  private final Map<String, Direct> processes = new HashMap<>();
  private @Nullable Stub stub;

  /** What a process gets that a shim would make itself. */
  @FunctionalInterface
  public interface Slots {
    /**
     * A named pipe for {@link SpawnPlan#STATUS} or {@link SpawnPlan#GATE}, open for both, lets another command take the process up later.
     *
     * @return a descriptor for the plan's slot, which this closes, or null for what {@link Stdio} says
     */
    @Nullable Fd of(String process, String slot) throws IOException;
  }

  /**
   * A spawner.
   *
   * @param imageDirectory where images go when memfds may not be executed
   */
  public DirectSpawner(Path imageDirectory, Slots slots) {
    this.imageDirectory = imageDirectory;
    this.slots = slots;
  }

  @Override
  public Spawned spawn(SpawnRequest request) throws SpawnException, IOException {
    if (processes.containsKey(request.name())) {
      throw new FileAlreadyExistsException(request.name());
    }
    List<Fd> toClose = new ArrayList<>();
    Direct process = new Direct(request, processes::remove);
    try (Fd image = PlanImage.of(request.plan()).seal(imageDirectory)) {
      List<Stub.Slot> places = new ArrayList<>();
      int slot = SpawnPlan.FIRST_SLOT;
      for (String name : names(request.plan())) {
        Fd source = high(source(request, name, process), request.plan().firstSlot());
        toClose.add(source);
        places.add(new Stub.Slot(source, slot++));
      }
      Fd high = high(image.duplicate(), request.plan().firstSlot());
      toClose.add(high);
      // In another control group this process must not be reached by what happens to the container's (memory.oom.group).
      boolean shared = request.cgroup() == null;
      try (Stub.Call call = stub().prepare(true, request.plan().cloneFlags(), high, places, request.cgroup(), shared)) {
        Stub.Cloned cloned = call.run();
        process.started(cloned.pid(), cloned.pidfd());
      } catch (Stub.Failure e) {
        throw new SpawnException(request.name(), new SpawnFailure.CloneFailed(e.call(), e.errno()));
      }
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    } finally {
      Fd.closeAll(toClose);
    }
    processes.put(request.name(), process);
    process.awaitPid();
    return process;
  }

  /** In the order of their numbers. */
  private static List<String> names(SpawnPlan plan) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < plan.preserved(); i++) {
      names.add(SpawnPlan.PRESERVED + i);
    }
    names.addAll(plan.descriptors());
    return names;
  }

  private Fd source(SpawnRequest request, String name, Direct process) throws IOException {
    Fd received = request.descriptors().get(name);
    if (received != null) {
      return received.duplicate();
    }
    try (Fd given = slots.of(request.name(), name)) {
      if (given == null) {
        return process.make(name, request.stdio());
      }
      process.through(name, given);
      return given.duplicate();
    }
  }

  private Stub stub() throws ErrnoException {
    Stub known = stub;
    if (known == null) {
      known = Stub.map();
      stub = known;
    }
    return known;
  }

  /** Above every slot, so that filling one slot never overwrites the source of another; consumes {@code fd}. */
  private static Fd high(Fd fd, int firstSlot) throws ErrnoException {
    try (fd) {
      return Fd.owning((int) Io.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, firstSlot + SpawnPlan.MAX_DESCRIPTORS));
    }
  }

  private Direct process(String name) throws NoSuchFileException {
    Direct process = processes.get(name);
    if (process == null) {
      throw new NoSuchFileException(name);
    }
    return process;
  }

  @Override
  public Streams streams(String name) throws IOException {
    return process(name).streams();
  }

  @Override
  public void closeStdin(String name) throws IOException {
    process(name).closeStdin();
  }

  @Override
  public PidFd pidfd(String name) throws IOException {
    return PidFd.owning(process(name).pidfd().duplicate().release());
  }

  @Override
  public void acknowledge(String name, int pid) {
    Direct process = processes.get(name);
    if (process != null && (pid == 0 || process.pid() == pid) && processes.remove(name, process)) {
      process.close();
    }
  }

  @Override
  public CompletableFuture<ProcessExit> exit(String name) throws IOException {
    return process(name).exit();
  }

  @Override
  public int pid() {
    return Processes.getpid();
  }

  @Override
  public void close() {
    List.copyOf(processes.values()).forEach(Direct::close);
    processes.clear();
  }
}
