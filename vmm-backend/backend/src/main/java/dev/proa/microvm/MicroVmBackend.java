package dev.proa.microvm;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.abi.Signal;
import dev.proa.microvm.GuestTask.Phase;
import dev.proa.microvm.agent.Agent;
import dev.proa.microvm.agent.AgentBinary;
import dev.proa.microvm.agent.AgentException;
import dev.proa.namespace.CgroupPaths;
import dev.proa.namespace.ExitTeller;
import dev.proa.namespace.Failures;
import dev.proa.namespace.FilterStore;
import dev.proa.namespace.HostProbe;
import dev.proa.namespace.TaskEnds;
import dev.proa.namespace.TaskFolders;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.MonitorPlanner;
import dev.proa.spawn.ExitWatches;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Streams;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.isolation.TaskExit;
import dev.proa.spi.isolation.TaskListener;
import dev.proa.spi.isolation.TaskProcess;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.isolation.TaskStreams;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks in microVMs. For the shim a task is two processes: the monitor that runs the guest, and a relay that has the streams of the container's first
 * process and ends as that ends; each exec is a relay more. So streams and ends outlive the daemon as they do in namespaces. What is kept besides is the
 * task's folder and the monitor's control groups, and both are found by its id.
 */
public class MicroVmBackend implements IsolationBackend {
  private static final Logger LOG = LoggerFactory.getLogger(MicroVmBackend.class);
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
  private static final String TASKS = "tasks";
  private static final String SIGNALS = "signals";

  /** Names with a dot are of processes that help to make a task. */
  private static final String MONITOR = "/.vmm";

  private final Shim shim;
  private final Hypervisor hypervisor;
  private final String cgroupParent;
  private final Duration bootTime;
  private final Map<String, GuestTask> tasks = new ConcurrentHashMap<>();

  /** Being made by this very instance: not to be adopted. */
  private final Set<String> creating = ConcurrentHashMap.newKeySet();

  private @Nullable Opened opened;

  /** What exists between open and close. */
  record Opened(Path tasks, CgroupLayout layout, FilterStore filters, TaskListener listener, ExitTeller teller, ExitWatches exits, Relays relays, TaskEnds ends) {}

  /** @param bootTime what a guest may take until its agent answers */
  MicroVmBackend(Shim shim, Hypervisor hypervisor, String cgroupParent, Duration bootTime) {
    this.shim = shim;
    this.hypervisor = hypervisor;
    this.cgroupParent = cgroupParent;
    this.bootTime = bootTime;
  }

  @Override
  public synchronized void open(DriverContext context, TaskListener listener) {
    if (opened != null) {
      throw ProaException.conflict("the microVM backend is open already");
    }
    Path run = context.runDir();
    Path binary = run.resolve("bin").resolve("proa-agent");
    try {
      Files.createDirectories(run.resolve(TASKS));
      Files.createDirectories(binary.getParent());
      writeAgent(binary);
      opened =
          new Opened(
              run.resolve(TASKS),
              CgroupLayout.discover(),
              new FilterStore(run.resolve("filters")),
              listener,
              new ExitTeller(shim, listener),
              new ExitWatches(shim),
              new Relays(shim, binary, HostProbe.facts(shim.pid()).noFileHard()),
              new TaskEnds(shim));
    } catch (IOException e) {
      throw ProaException.internal("cannot make the folders of the microVM backend in " + run + ": " + e.getMessage(), e);
    }
  }

  /** A relay that runs keeps the file that it was started from: it gets a new one, never new bytes. */
  private static void writeAgent(Path binary) throws IOException {
    if (!AgentBinary.isThere()) {
      return;
    }
    Path part = Files.createTempFile(binary.getParent(), "agent", ".new", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.write(part, AgentBinary.bytes());
    Files.move(part, binary, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public synchronized void close() {
    Opened open = opened;
    opened = null;
    if (open != null) {
      open.teller().close();
      open.exits().close();
      tasks.values().forEach(GuestTask::close);
      tasks.clear();
      TaskCgroup.removeIfEmpty(open.layout(), cgroupParent);
    }
  }

  private synchronized Opened opened() {
    if (opened == null) {
      throw ProaException.unavailable("the microVM backend is not open", null);
    }
    return opened;
  }

  @Override
  public BackendFeatures features() {
    CgroupLayout layout = opened().layout();
    String missing = missing();
    return new BackendFeatures(
        "KVM microVMs", layout.pureV2() ? 2 : 1, layout.limits(), true, false, missing == null ? List.of() : List.of("microVMs cannot be started: " + missing));
  }

  private @Nullable String missing() {
    return AgentBinary.isThere() ? hypervisor.missing() : "this build has no agent for guests, as there was no C compiler when it was made: install gcc and build again";
  }

  // --- the life of a task

  @Override
  public TaskState create(TaskSpec spec) {
    Opened open = opened();
    checkId(spec.id());
    GuestSpec.check(spec);
    String missing = missing();
    if (missing != null) {
      throw ProaException.failedPrecondition("microVMs cannot be started: " + missing);
    }
    Path folder = TaskFolders.make(open.tasks(), spec.id());
    TaskCgroup cgroup = new TaskCgroup(open.layout(), CgroupPaths.of(spec.spec().linux().cgroupsPath(), cgroupParent, spec.id()));
    creating.add(spec.id());
    try {
      GuestTask task = new GuestMaker(shim, hypervisor, open).make(spec, folder, cgroup);
      tasks.put(spec.id(), task);
      return task.state();
    } catch (RuntimeException e) {
      try {
        if (!e.getClass().equals(ProaException.class) || !((ProaException) e).is(ErrorClass.ALREADY_EXISTS)) {
          remove(open, spec.id(), folder, cgroup);
        }
      } catch (RuntimeException late) {
        e.addSuppressed(late);
      }
      throw e;
    } finally {
      creating.remove(spec.id());
    }
  }

  @Override
  public TaskState start(String id) {
    Opened open = opened();
    GuestTask task = task(id);
    if (!task.advance(Phase.CREATED, Phase.LEAVING)) {
      throw ProaException.conflict(Failures.shortened(id) + " was started already");
    }
    try {
      new GuestStarter(shim, hypervisor, bootTime).start(task, folder(open, id));
    } catch (RuntimeException e) {
      task.stopped();
      throw e;
    }
    task.record(task.record().asStarted());
    task.record().write(folder(open, id));
    task.started(Instant.now());
    TaskState state = task.state();
    watch(open, task);
    return state;
  }

  /** Reports the end of the first process. */
  private void watch(Opened open, GuestTask task) {
    try {
      open.exits().watch(task.id(), exit -> ended(open, task, exit));
    } catch (IOException e) {
      LOG.warn("the end of {} will be told late: {}", Failures.shortened(task.id()), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ended(Opened open, GuestTask task, ProcessExit exit) {
    if (open.teller().isClosed()) {
      return;
    }
    Path folder = folder(open, task.id());
    int kills = Relays.oomKills(folder);
    if (task.record().started() && !Relays.isTold(folder)) {
      LOG.warn("the guest of {} ended before its process did: {}", Failures.shortened(task.id()), hypervisor.autopsy(control(task.id())));
    }
    // A guest powers off by itself when it has told the end; whether it does or not, its time is over.
    task.cgroup().signalAll(Signal.SIGKILL);
    task.stopped();
    if (kills > 0) {
      try {
        open.listener().outOfMemory(task.id());
      } catch (RuntimeException e) {
        LOG.warn("that {} ran out of memory was not taken: {}", Failures.shortened(task.id()), e.toString());
      }
    }
    TaskExit told = ExitTeller.exitOf(task.id(), null, exit, kills > 0);
    // The task is known by its monitor, and the end is that of its relay.
    open.teller()
        .tellHere(
            new TaskExit(told.id(), null, task.record().monitorPid(), told.exitCode(), told.exitedAt(), told.oomKilled(), told.known()),
            task.id(),
            exit.pid(),
            () -> {});
  }

  @Override
  public void delete(String id) {
    Opened open = opened();
    if (!ID.matcher(id).matches()) {
      return;
    }
    Path folder = folder(open, id);
    GuestTask task = tasks.remove(id);
    if (task == null && !Files.exists(folder)) {
      return;
    }
    GuestRecord record = task != null ? task.record() : GuestRecord.read(folder);
    TaskCgroup cgroup = task != null ? task.cgroup() : new TaskCgroup(open.layout(), record == null ? cgroupParent + "/" + id : record.group());
    remove(open, id, folder, cgroup);
    if (task != null) {
      task.close();
    }
  }

  private void remove(Opened open, String id, Path folder, TaskCgroup cgroup) {
    cgroup.signalAll(Signal.SIGKILL);
    open.ends().endAll(id, cgroup);
    try {
      for (String parked : shim.parked()) {
        if (parked.equals(id + MONITOR) || parked.equals(id + GuestMaker.BRINGER)) {
          shim.unpark(parked);
        }
      }
      Files.deleteIfExists(folder.resolve(GuestMaker.ATTACHMENT));
    } catch (IOException e) {
      throw Failures.ofShim("cannot delete " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot delete " + Failures.shortened(id));
    }
    cgroup.remove(TaskEnds.DEATH_TIME);
    try {
      GuestNames.remove(folder);
    } catch (IOException | UncheckedIOException e) {
      throw ProaException.internal("cannot remove " + folder.resolve(GuestNames.FOLDER) + ": " + e.getMessage(), e);
    }
    TaskFolders.remove(folder);
  }

  // --- further processes

  @Override
  public TaskState exec(ExecSpec exec) {
    Opened open = opened();
    GuestTask task = task(exec.id());
    String what = "cannot exec in " + Failures.shortened(exec.id());
    checkId(exec.execId());
    if (task.phase() != Phase.RUNNING) {
      throw ProaException.conflict(what + ": it is not running");
    }
    if (task.paused()) {
      throw ProaException.conflict(what + ": it is paused; unpause it first");
    }
    String name = exec.id() + "/" + exec.execId();
    creating.add(name);
    try {
      Spawned relay = new GuestExec(hypervisor, open).run(exec, task, agent(open, exec.id()), name);
      GuestTask.Exec added = new GuestTask.Exec(exec.execId(), relay, Instant.now());
      task.add(added);
      watch(open, task, exec.execId());
      return task.state(added);
    } catch (AgentException e) {
      throw e.errno() == Errno.ESRCH ? ProaException.conflict(what + ": it is not running") : ProaException.internal(what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw task.phase() == Phase.RUNNING && alive(task)
          ? ProaException.unavailable(what + ": " + e.getMessage(), e)
          : ProaException.conflict(what + ": it is not running");
    } catch (InterruptedException e) {
      throw Failures.interrupted(what);
    } finally {
      creating.remove(name);
    }
  }

  private boolean alive(GuestTask task) {
    return Files.exists(Path.of("/proc/" + task.record().monitorPid()));
  }

  private void watch(Opened open, GuestTask task, String execId) throws IOException, InterruptedException {
    String name = task.id() + "/" + execId;
    open.exits().watch(
        name,
        exit -> {
          if (!open.teller().isClosed()) {
            open.teller().tellHere(ExitTeller.exitOf(task.id(), execId, exit, false), name, exit.pid(), () -> task.forget(execId));
          }
        });
  }

  // --- streams, signals, terminals

  @Override
  public void kill(String id, @Nullable String execId, int signal, boolean all) {
    Opened open = opened();
    GuestTask task = task(id);
    String ended = "process of " + Failures.shortened(id) + " has ended";
    Spawned relay = execId == null ? task.relay() : execOf(task, execId).relay();
    if (execId == null && task.phase() == Phase.STOPPED) {
      throw ProaException.notFound(ended);
    }
    if (task.phase() == Phase.CREATED) {
      if (signal == Signal.SIGKILL && task.advance(Phase.CREATED, Phase.LEAVING)) {
        signalRelay(relay, signal, ended);
        watch(open, task);
      }
      return;
    }
    if (signal == Signal.SIGKILL && task.paused()) {
      resume(id);
    }
    if (task.paused()) {
      rememberSignal(task, execId, signal, all);
      return;
    }
    try {
      agent(open, id).signal(execId == null ? "" : execId, signal, all);
    } catch (AgentException e) {
      throw e.errno() == Errno.EINVAL ? ProaException.invalid("signal " + signal + " does not exist") : ProaException.notFound(ended);
    } catch (IOException e) {
      if (signal == Signal.SIGKILL) {
        // A guest that does not answer is no reason to let it live.
        LOG.warn("the guest of {} does not answer and is ended: {}", Failures.shortened(id), e.getMessage());
        task.cgroup().signalAll(Signal.SIGKILL);
        return;
      }
      throw alive(task) ? ProaException.unavailable("cannot signal " + Failures.shortened(id) + ": " + e.getMessage(), e) : ProaException.notFound(ended);
    }
  }

  private static void signalRelay(Spawned relay, int signal, String ended) {
    try {
      relay.pidfd().signal(signal);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ESRCH ? ProaException.notFound(ended) : ProaException.internal(ended + ": " + e.getMessage(), e);
    }
  }

  @Override
  public TaskStreams streams(String id, @Nullable String execId) {
    GuestTask task = task(id);
    String name = processName(task, execId);
    boolean terminal = Files.exists(folder(opened(), id).resolve(GuestMaker.terminalOf(execId)));
    try {
      Streams streams = shim.streams(name);
      if (terminal) {
        streams.stderr().ifPresent(Fd::close);
      }
      return new TaskStreams(release(streams.stdin()), release(streams.stdout()), terminal ? -1 : release(streams.stderr()), terminal);
    } catch (IOException e) {
      throw Failures.ofShim("streams of " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("streams of " + Failures.shortened(id));
    }
  }

  private static int release(Optional<Fd> fd) {
    return fd.map(Fd::release).orElse(-1);
  }

  @Override
  public void closeStdin(String id, @Nullable String execId) {
    try {
      shim.closeStdin(processName(task(id), execId));
    } catch (IOException e) {
      throw Failures.ofShim("standard input of " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("standard input of " + Failures.shortened(id));
    }
  }

  @Override
  public void resize(String id, @Nullable String execId, int rows, int columns) {
    if (rows < 0 || rows > 0xffff || columns < 0 || columns > 0xffff) {
      throw ProaException.invalid("a terminal cannot have " + rows + " rows and " + columns + " columns");
    }
    Opened open = opened();
    processName(task(id), execId);
    if (!Files.exists(folder(open, id).resolve(GuestMaker.terminalOf(execId)))) {
      throw ProaException.failedPrecondition("process of " + Failures.shortened(id) + " has no terminal");
    }
    try {
      agent(open, id).resize(execId == null ? "" : execId, rows, columns);
    } catch (IOException e) {
      throw ProaException.unavailable("terminal of " + Failures.shortened(id) + ": " + e.getMessage(), e);
    }
  }

  // --- limits and numbers

  @Override
  public void pause(String id) {
    GuestTask task = task(id);
    if (task.phase() != Phase.RUNNING || task.paused()) {
      throw ProaException.conflict(Failures.shortened(id) + " is not running, or is paused already");
    }
    monitor(id, "pause", hypervisor::pause);
    setPaused(task, true);
  }

  @Override
  public void resume(String id) {
    GuestTask task = task(id);
    if (!task.paused()) {
      throw ProaException.conflict(Failures.shortened(id) + " is not paused");
    }
    monitor(id, "resume", hypervisor::resume);
    setPaused(task, false);
    deliverSignals(task);
  }

  /** As the kernel does for what is frozen: a signal waits until there is somebody to get it. */
  private void rememberSignal(GuestTask task, @Nullable String execId, int signal, boolean all) {
    Path file = folder(opened(), task.id()).resolve(SIGNALS);
    try {
      Files.writeString(file, signal + " " + all + " " + (execId == null ? "" : execId) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw ProaException.internal("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private void deliverSignals(GuestTask task) {
    Path file = folder(opened(), task.id()).resolve(SIGNALS);
    try {
      for (String line : Files.readAllLines(file)) {
        String[] words = line.split(" ", -1);
        kill(task.id(), words[2].isEmpty() ? null : words[2], Integer.parseInt(words[0]), Boolean.parseBoolean(words[1]));
      }
      Files.delete(file);
    } catch (NoSuchFileException none) {
      // Nobody sent any.
    } catch (IOException | ProaException e) {
      LOG.warn("signals that {} got while it was paused: {}", Failures.shortened(task.id()), e.getMessage());
    }
  }

  private void setPaused(GuestTask task, boolean paused) {
    Path mark = folder(opened(), task.id()).resolve("paused");
    try {
      if (paused) {
        Files.writeString(mark, "");
      } else {
        Files.deleteIfExists(mark);
      }
    } catch (IOException e) {
      LOG.warn("{}: {}", mark, e.getMessage());
    }
    task.paused(paused);
  }

  @FunctionalInterface
  private interface ControlCall {
    void with(List<Fd> control, Path folder) throws IOException;
  }

  private void monitor(String id, String what, ControlCall call) {
    List<Fd> control = control(id);
    try {
      call.with(control, folder(opened(), id));
    } catch (IOException e) {
      throw ProaException.unavailable("cannot " + what + " " + Failures.shortened(id) + ": " + e.getMessage(), e);
    } finally {
      Fd.closeAll(control);
    }
  }

  private List<Fd> control(String id) {
    try {
      return shim.fetch(id + MONITOR);
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      throw Failures.interrupted("monitor of " + Failures.shortened(id));
    }
  }

  @Override
  public void update(String id, Spec.Resources resources) {
    GuestTask task = task(id);
    Spec.Memory memory = resources.memory();
    if (memory != null && memory.limit() != null && memory.limit() > task.record().size().memoryMib() * (1L << 20)) {
      throw ProaException.invalid(
          "memory: the microVM of " + Failures.shortened(id) + " has " + task.record().size().memoryMib() + " MiB and cannot get more while it runs; stop it first");
    }
    task.cgroup().update(new Spec.Resources(List.of(), null, resources.cpu(), null, resources.blockIO(), List.of(), Map.of()));
    GuestRecord newer = task.record().with(memory == null ? null : memory.limit(), resources.pidsLimit(), resources.cpu());
    if (!hypervisor.group().isEmpty() && task.phase() == Phase.RUNNING) {
      try {
        GuestStarter.limits(agent(opened(), id), hypervisor.group(), newer);
      } catch (IOException e) {
        throw ProaException.unavailable("limits in the guest of " + Failures.shortened(id) + ": " + e.getMessage(), e);
      }
    }
    task.record(newer);
    newer.write(folder(opened(), id));
  }

  @Override
  public TaskStats stats(String id) {
    GuestTask task = task(id);
    TaskStats host = task.cgroup().stats();
    if (!hypervisor.group().isEmpty() && task.phase() == Phase.RUNNING && !task.paused()) {
      try {
        return GuestStats.of(host, task.record(), agent(opened(), id), hypervisor.group());
      } catch (IOException e) {
        LOG.debug("the guest of {} says nothing about itself: {}", Failures.shortened(id), e.getMessage());
      }
    }
    return GuestStats.ofHost(host, task.record());
  }

  @Override
  public List<Integer> pids(String id) {
    return task(id).cgroup().pids();
  }

  /** Of one that stands still nobody can be asked. */
  @Override
  public @Nullable List<TaskProcess> processes(String id) {
    GuestTask task = task(id);
    if (hypervisor.group().isEmpty()) {
      return null;
    }
    if (task.phase() != Phase.RUNNING || task.paused()) {
      throw ProaException.conflict("the processes of " + Failures.shortened(id) + " are its kernel's, which stands still: unpause it first");
    }
    try {
      return GuestProcesses.of(agent(opened(), id));
    } catch (IOException e) {
      throw ProaException.unavailable("processes of " + Failures.shortened(id) + ": " + e.getMessage(), e);
    }
  }

  @Override
  public TaskState state(String id, @Nullable String execId) {
    GuestTask task = task(id);
    return execId == null ? task.state() : task.state(execOf(task, execId));
  }

  @Override
  public String root(String id) {
    task(id);
    throw ProaException.notImplemented("the files of a running microVM (its mounts are its kernel's): stop it first");
  }

  @Override
  public String rootFileSystem(String id, int pid) {
    return "/proc/" + pid + "/root" + MonitorPlanner.SHARE + "/" + MonitorPlanner.ROOT;
  }

  @Override
  public void checkNewInterface(String id) {
    throw ProaException.failedPrecondition("a running microVM cannot get another network card: stop it first, then connect it");
  }

  // --- finding tasks again

  @Override
  public List<TaskState> adopt(Collection<String> ids) {
    Opened open = opened();
    List<TaskState> found = new ArrayList<>();
    for (String id : ids) {
      GuestTask task = ID.matcher(id).matches() ? known(open, id) : null;
      if (task != null) {
        found.add(task.state());
      } else {
        open.teller().tell(new TaskExit(id, null, 0, 255, Instant.now(), false, false), null, () -> {});
      }
    }
    return found;
  }

  /** This instance's, or an earlier one's that is taken up; null if there is none. */
  private @Nullable GuestTask known(Opened open, String id) {
    synchronized (creating) {
      GuestTask here = tasks.get(id);
      if (here != null || creating.contains(id)) {
        return here;
      }
      try {
        GuestRecord record = GuestRecord.read(folder(open, id));
        if (record == null) {
          return null;
        }
        Map<String, ShimProcess> processes = new LinkedHashMap<>();
        shim.list().forEach(process -> processes.put(process.name(), process));
        if (!processes.containsKey(id)) {
          return null;
        }
        GuestTask task =
            new GuestTask(id, record, new TaskCgroup(open.layout(), record.group()), shim.find(id), record.started() ? Phase.RUNNING : Phase.CREATED);
        tasks.put(id, task);
        if (record.started()) {
          task.started(record.created());
          task.serveNames(folder(open, id));
          task.paused(Files.exists(folder(open, id).resolve("paused")));
          for (ShimProcess process : processes.values()) {
            if (process.name().startsWith(id + "/") && !process.name().startsWith(id + "/.")) {
              adoptExec(open, task, process.name().substring(id.length() + 1));
            }
          }
        }
        if (record.started() || processes.get(id).exit().isPresent()) {
          watch(open, task);
        }
        return task;
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw Failures.ofShim("cannot adopt " + Failures.shortened(id), e);
      } catch (InterruptedException e) {
        throw Failures.interrupted("cannot adopt " + Failures.shortened(id));
      }
    }
  }

  private void adoptExec(Opened open, GuestTask task, String execId) throws IOException, InterruptedException {
    task.add(new GuestTask.Exec(execId, shim.find(task.id() + "/" + execId), Instant.now()));
    watch(open, task, execId);
  }

  @Override
  public Collection<String> walk() {
    try (Stream<Path> folders = Files.list(opened().tasks())) {
      return folders.map(path -> path.getFileName().toString()).toList();
    } catch (IOException e) {
      throw ProaException.internal("cannot list tasks: " + e.getMessage(), e);
    }
  }

  // --- small things

  private static void checkId(String id) {
    if (!ID.matcher(id).matches()) {
      throw ProaException.invalid("\"" + id + "\" is no id: letters, digits, '_', '.' and '-', at most 128");
    }
  }

  private static Path folder(Opened open, String id) {
    return open.tasks().resolve(id);
  }

  private static Agent agent(Opened open, String id) {
    return new Agent(folder(open, id).resolve(Hypervisor.AGENT));
  }

  private GuestTask task(String id) {
    Opened open = opened();
    GuestTask task = tasks.get(id);
    if (task == null && ID.matcher(id).matches() && Files.exists(folder(open, id))) {
      task = known(open, id);
    }
    if (task == null) {
      throw ProaException.notFound("no task " + Failures.shortened(id));
    }
    return task;
  }

  private GuestTask.Exec execOf(GuestTask task, String execId) {
    GuestTask.Exec exec = task.exec(execId);
    if (exec == null) {
      synchronized (creating) {
        exec = task.exec(execId);
        if (exec == null && !creating.contains(task.id() + "/" + execId)) {
          try {
            adoptExec(opened(), task, execId);
            exec = task.exec(execId);
          } catch (NoSuchFileException none) {
            // as below
          } catch (IOException e) {
            throw Failures.ofShim("cannot adopt a process of " + Failures.shortened(task.id()), e);
          } catch (InterruptedException e) {
            throw Failures.interrupted("cannot adopt a process of " + Failures.shortened(task.id()));
          }
        }
      }
    }
    if (exec == null) {
      throw ProaException.notFound("no exec " + execId + " in " + Failures.shortened(task.id()));
    }
    return exec;
  }

  private String processName(GuestTask task, @Nullable String execId) {
    if (execId == null) {
      return task.id();
    }
    execOf(task, execId);
    return task.id() + "/" + execId;
  }
}
