package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.PidFd;
import dev.proa.linux.abi.Signal;
import dev.proa.namespace.Task.Phase;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.OomWatch;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.seccomp.SeccompAssembler;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.ExitWatches;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Step;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.Stdio;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.BackendFeatures;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.isolation.TaskListener;
import dev.proa.spi.isolation.TaskPlan;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskState;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.isolation.TaskStreams;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks in Linux namespaces: specification → plan → shim. Processes are the shim's children and live on whatever happens here; a task's folder
 * below the run folder and its control groups are all that is kept besides, and both are found by its id.
 */
public class NamespaceBackend implements IsolationBackend {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceBackend.class);

  /** Group below which all tasks' groups are made when the specification says nothing else. */
  public static final String DEFAULT_CGROUP_PARENT = "/proa";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");
  private static final String TASKS = "tasks";
  private static final String FILTERS = "filters";
  private static final String SCRATCH = "scratch";

  private final Shim shim;
  private final UnaryOperator<HostFacts> host;
  private final String cgroupParent;
  private final ProcessStreams io;
  private final TaskEnds ends;
  private final SeccompAssembler assembler = new SeccompAssembler();
  private final Map<String, Task> tasks = new ConcurrentHashMap<>();

  /** Being made by this very instance: not to be adopted. */
  private final Set<String> creating = ConcurrentHashMap.newKeySet();

  private final Adoption adoption;

  private @Nullable Opened opened;

  public NamespaceBackend(Shim shim) {
    this(shim, DEFAULT_CGROUP_PARENT);
  }

  /** @param cgroupParent absolute below every hierarchy's top; many backends may share it */
  public NamespaceBackend(Shim shim, String cgroupParent) {
    this(shim, cgroupParent, UnaryOperator.identity());
  }

  /** @param host what is changed of what is found out about the host, to do without what a newer kernel has */
  NamespaceBackend(Shim shim, String cgroupParent, UnaryOperator<HostFacts> host) {
    this.host = host;
    this.shim = shim;
    this.cgroupParent = cgroupParent;
    this.io = new ProcessStreams(shim);
    this.ends = new TaskEnds(shim);
    this.adoption = new Adoption(shim, tasks, creating);
  }

  @Override
  public synchronized void open(DriverContext context, TaskListener listener) {
    if (opened != null) {
      throw ProaException.conflict("the namespace backend is open already");
    }
    Path run = context.runDir();
    try {
      Files.createDirectories(run.resolve(TASKS));
      Files.createDirectories(run.resolve(SCRATCH));
    } catch (IOException e) {
      throw ProaException.internal("cannot make the folders of the namespace backend in " + run + ": " + e.getMessage(), e);
    }
    HostFacts facts = host.apply(HostProbe.facts(shim.pid()));
    opened =
        new Opened(
            run.resolve(TASKS),
            run.resolve(SCRATCH),
            new FilterStore(run.resolve(FILTERS)),
            CgroupLayout.discover(),
            facts,
            listener,
            new ExitTeller(shim, listener),
            new ExitWatches(shim),
            new OomWatch(id -> outOfMemory(listener, id)),
            new HookRunner(shim, facts));
  }

  @Override
  public synchronized void close() {
    Opened open = opened;
    opened = null;
    if (open != null) {
      open.teller().close();
      open.exits().close();
      open.oom().close();
      tasks.values().forEach(Task::close);
      tasks.clear();
      TaskCgroup.removeIfEmpty(open.layout(), cgroupParent);
    }
  }

  private synchronized Opened opened() {
    if (opened == null) {
      throw ProaException.unavailable("the namespace backend is not open", null);
    }
    return opened;
  }

  @Override
  public BackendFeatures features() {
    return HostProbe.features(opened().layout());
  }

  // --- the life of a task

  @Override
  public TaskState create(TaskSpec spec) {
    Opened open = opened();
    checkId(spec.id());
    Path folder = TaskFolders.make(open.tasks(), spec.id());
    TaskCgroup cgroup = null;
    FaultPoints.reach("task.folder-made");
    creating.add(spec.id());
    try {
      cgroup = new TaskCgroup(open.layout(), groupOf(spec));
      if (AppArmor.DEFAULT.equals(spec.spec().process().apparmorProfile()) && open.host().apparmor()) {
        AppArmor.ensureDefault();
      }
      TaskMaker maker = maker(open);
      SeccompFilter filter = maker.filterOf(spec.spec());
      cgroup.create(spec.spec().linux().resources());
      FaultPoints.reach("task.cgroup-made");
      TaskMaker.Made made = maker.make(spec, folder, folder.toString(), cgroup, filter);
      Task task = new Task(spec.id(), made.record(), cgroup, made.process(), Phase.CREATED);
      task.specification(spec.spec());
      tasks.put(spec.id(), task);
      return task.state();
    } catch (RuntimeException e) {
      TaskFolders.discard(folder, cgroup, e);
      throw e;
    } finally {
      creating.remove(spec.id());
    }
  }

  @Override
  public TaskPlan plan(TaskSpec spec) {
    Opened open = opened();
    checkId(spec.id());
    Path folder = TaskFolders.make(open.tasks(), spec.id());
    TaskCgroup cgroup = new TaskCgroup(open.layout(), groupOf(spec));
    RuntimeException failure = null;
    try {
      TaskMaker maker = maker(open);
      SeccompFilter filter = maker.filterOf(spec.spec());
      cgroup.create(spec.spec().linux().resources());
      return shown(maker.plan(spec, folder, cgroup, filter));
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    } finally {
      TaskFolders.discard(folder, cgroup, failure == null ? new IllegalStateException("planned") : failure);
    }
  }

  private TaskMaker maker(Opened open) {
    return new TaskMaker(shim, open.layout(), open.host(), open.filters(), open.scratch(), assembler);
  }

  private static TaskPlan shown(SpawnPlan plan) {
    List<TaskPlan.Step> steps = new ArrayList<>();
    for (int i = 0; i < plan.steps().size(); i++) {
      Step step = plan.steps().get(i);
      steps.add(
          new TaskPlan.Step(
              i,
              step.name(),
              step.kind().name().toLowerCase(Locale.ROOT),
              step.call().name().toLowerCase(Locale.ROOT),
              step.callText(),
              step.tolerated().stream().map(Errno::name).toList(),
              step.onSuccess(),
              step.otherwise()));
    }
    return new TaskPlan(plan.title(), plan.cloneText(), plan.firstSlot(), plan.descriptors(), steps);
  }

  @Override
  public TaskState start(String id) {
    Opened open = opened();
    Task task = task(id);
    if (!task.advance(Phase.CREATED, Phase.LEAVING)) {
      throw ProaException.conflict(Failures.shortened(id) + " was started already");
    }
    try {
      TaskHooks.startContainer(open, task);
      task.process().release();
      FaultPoints.reach("task.released");
      task.process().awaitReady();
    } catch (SpawnException e) {
      task.stopped();
      throw Failures.ofStart(id, task.record(), e);
    } catch (IOException e) {
      task.advance(Phase.LEAVING, Phase.CREATED);
      throw Failures.ofShim("cannot start " + Failures.shortened(id), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot start " + Failures.shortened(id));
    }
    task.started(Instant.now());
    TaskState state = task.state();
    EndWatch.watch(open, task);
    TaskHooks.afterwards(open, task, "poststart", Spec.Hooks::poststart, "running");
    return state;
  }

  private void outOfMemory(TaskListener listener, String id) {
    Task task = tasks.get(id);
    if (task != null) {
      task.outOfMemoryTold();
      listener.outOfMemory(id);
    }
  }

  @Override
  public void delete(String id) {
    Opened open = opened();
    if (!ID.matcher(id).matches()) {
      return;
    }
    Path folder = open.tasks().resolve(id);
    Task task = tasks.remove(id);
    open.oom().remove(id);
    TaskCgroup cgroup = task != null ? task.cgroup() : cgroupOf(open, id, folder);
    if (task == null && !Files.exists(folder)) {
      return;
    }
    if (task == null || task.phase() != Phase.STOPPED || !task.execIds().isEmpty()) {
      cgroup.signalAll(Signal.SIGKILL);
      ends.endAll(id, cgroup);
    } else {
      ends.acknowledgeIfEnded(open.teller(), id);
    }
    FaultPoints.reach("delete.processes-ended");
    cgroup.remove(TaskEnds.DEATH_TIME);
    FaultPoints.reach("delete.cgroup-removed");
    TaskFolders.remove(folder);
    if (task != null) {
      task.close();
      TaskHooks.afterwards(open, task, "poststop", Spec.Hooks::poststop, "stopped");
    }
  }

  // --- further processes

  @Override
  public TaskState exec(ExecSpec exec) {
    Opened open = opened();
    Task task = task(exec.id());
    String what = "cannot exec in " + Failures.shortened(exec.id());
    checkId(exec.execId());
    if (task.phase() != Phase.RUNNING) {
      throw ProaException.conflict(what + ": it is not running");
    }
    if (task.paused()) {
      throw ProaException.conflict(what + ": it is paused; unpause it first");
    }
    String name = exec.id() + "/" + exec.execId();
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    Fd unified = null;
    creating.add(name);
    try {
      Map<String, Fd> entrances = task.cgroup().openEntrances();
      entrances.forEach((controller, fd) -> descriptors.put(Surroundings.cgroupDescriptor(controller), fd));
      descriptors.put(ExecPlanner.INIT, task.pidfd().duplicate());
      SeccompFilter filter = exec.privileged() ? null : open.filters().load(task.record().filter());
      TaskRecord record = task.record();
      record.openRoot(descriptors);
      SpawnPlan plan = ExecPlanner.plan(exec, open.host(), List.copyOf(entrances.keySet()), filter, record.target());
      unified = task.cgroup().openUnified();
      Stdio stdio = exec.process().terminal() ? Stdio.PTY : exec.stdin() ? Stdio.PIPES : Stdio.OUTPUT;
      Spawned process = shim.spawn(new SpawnRequest(name, plan, descriptors, stdio, unified, SpawnRequest.DEFAULT_DEADLINE));
      boolean kept = false;
      try {
        FaultPoints.reach("exec.spawned");
        process.awaitReady();
        Task.Exec added = new Task.Exec(exec.execId(), process, Instant.now());
        task.add(added);
        kept = true;
        EndWatch.watch(open, task, exec.execId());
        return task.state(added);
      } finally {
        if (!kept) {
          process.close();
        }
      }
    } catch (SpawnException e) {
      throw Failures.ofSpawn(exec.id(), exec.process(), e);
    } catch (IOException e) {
      throw Failures.ofShim(what, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(what);
    } finally {
      creating.remove(name);
      descriptors.values().forEach(Fd::close);
      if (unified != null) {
        unified.close();
      }
    }
  }

  // --- streams, signals, terminals

  @Override
  public void kill(String id, @Nullable String execId, int signal, boolean all) {
    Opened open = opened();
    Task task = task(id);
    PidFd target = execId == null ? task.pidfd() : execOf(task, execId).process().pidfd();
    if (execId == null && task.phase() == Phase.STOPPED) {
      throw ProaException.notFound("process of " + Failures.shortened(id) + " has ended");
    }
    if (all) {
      task.cgroup().signalAll(signal);
    } else {
      try {
        target.signal(signal);
      } catch (ErrnoException e) {
        throw e.errno() == Errno.ESRCH
            ? ProaException.notFound("process of " + Failures.shortened(id) + " has ended")
            : e.errno() == Errno.EINVAL
                ? ProaException.invalid("signal " + signal + " does not exist")
                : ProaException.internal("cannot signal " + Failures.shortened(id) + ": " + e.getMessage(), e);
      }
    }
    if (signal == Signal.SIGKILL) {
      if (task.paused() && open.layout().unified() == null) {
        task.cgroup().freeze(false); // of v1: what is frozen there does not even die
      }
      if (task.advance(Phase.CREATED, Phase.LEAVING)) {
        EndWatch.watchUnstarted(open, task);
      }
    }
  }

  @Override
  public TaskStreams streams(String id, @Nullable String execId) {
    return io.streams(id, processName(id, execId));
  }

  @Override
  public void closeStdin(String id, @Nullable String execId) {
    io.closeStdin(id, processName(id, execId));
  }

  @Override
  public void resize(String id, @Nullable String execId, int rows, int columns) {
    io.resize(id, processName(id, execId), rows, columns);
  }

  // --- limits and numbers

  @Override
  public void pause(String id) {
    Task task = task(id);
    if (task.phase() != Phase.RUNNING || task.paused()) {
      throw ProaException.conflict(Failures.shortened(id) + " is not running, or is paused already");
    }
    task.cgroup().freeze(true);
    task.paused(true);
  }

  @Override
  public void resume(String id) {
    Task task = task(id);
    if (task.endedPaused()) {
      return; // killed while it was paused, which with v2 needs no thawing: whoever killed it lets it go all the same
    }
    if (!task.paused() && !task.cgroup().frozen()) { // it may have been paused by the instance before this one
      throw ProaException.conflict(Failures.shortened(id) + " is not paused");
    }
    task.cgroup().freeze(false);
    task.paused(false);
  }

  @Override
  public void update(String id, Spec.Resources resources) {
    task(id).cgroup().update(resources);
  }

  @Override
  public TaskStats stats(String id) {
    return task(id).cgroup().stats();
  }

  @Override
  public List<Integer> pids(String id) {
    return task(id).cgroup().pids();
  }

  @Override
  public TaskState state(String id, @Nullable String execId) {
    Task task = task(id);
    return execId == null ? task.state() : task.state(execOf(task, execId));
  }

  // --- finding tasks again

  @Override
  public List<TaskState> adopt(Collection<String> ids) {
    Opened open = opened();
    Map<String, ShimProcess> known = adoption.knownToShim("cannot adopt tasks");
    List<TaskState> found = new ArrayList<>();
    for (String id : ids) {
      Task here = tasks.get(id);
      Task task = here != null || !ID.matcher(id).matches() ? here : adoption.adopt(open, id, known);
      if (task != null) {
        found.add(task.state());
      } else {
        EndWatch.tellUnknown(open, id);
      }
    }
    return found;
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

  /** One that this instance does not know may be its predecessor's, which is being replaced right now. */
  private Task task(String id) {
    Opened open = opened();
    Task task = tasks.get(id);
    if (task == null && ID.matcher(id).matches() && Files.exists(open.tasks().resolve(id))) {
      task = adoption.adopt(open, id, adoption.knownToShim("cannot adopt " + Failures.shortened(id)));
    }
    if (task == null) {
      throw ProaException.notFound("no task " + Failures.shortened(id));
    }
    return task;
  }

  private Task.Exec execOf(Task task, String execId) {
    Task.Exec exec = task.exec(execId);
    if (exec == null) {
      exec = adoption.adoptExec(opened(), task, execId);
    }
    if (exec == null) {
      throw ProaException.notFound("no exec " + execId + " in " + Failures.shortened(task.id()));
    }
    return exec;
  }

  private String processName(String id, @Nullable String execId) {
    Task task = task(id);
    if (execId == null) {
      return id;
    }
    execOf(task, execId);
    return id + "/" + execId;
  }

  private String groupOf(TaskSpec spec) {
    return CgroupPaths.of(spec.spec().linux().cgroupsPath(), cgroupParent, spec.id());
  }

  private TaskCgroup cgroupOf(Opened open, String id, Path folder) {
    TaskRecord record = TaskRecord.read(folder);
    return new TaskCgroup(open.layout(), record == null ? cgroupParent + "/" + id : record.group());
  }
}
