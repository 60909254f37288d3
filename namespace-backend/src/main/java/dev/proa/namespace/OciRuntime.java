package dev.proa.namespace;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.PidFd;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Stat;
import dev.proa.namespace.cgroup.CgroupLayout;
import dev.proa.namespace.cgroup.TaskCgroup;
import dev.proa.namespace.plan.ExecPlanner;
import dev.proa.namespace.plan.HostFacts;
import dev.proa.namespace.plan.Surroundings;
import dev.proa.namespace.seccomp.SeccompAssembler;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.DirectSpawner;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.SpawnRequest;
import dev.proa.spawn.Spawned;
import dev.proa.spawn.StatusReader;
import dev.proa.spawn.StatusRecord;
import dev.proa.spawn.Step;
import dev.proa.spawn.Stdio;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.ExecSpec;
import dev.proa.spi.isolation.TaskSpec;
import dev.proa.spi.isolation.TaskStats;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations of an OCI runtime (runtime.md "Operations") without a daemon: what is known of a container lies in its folder below the root, its process
 * belongs to whoever reaps the caller's orphans. Its words are runc's, as engines match on them.
 */
public final class OciRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(OciRuntime.class);

  private static final Pattern ID = Pattern.compile("[\\w+-][\\w+.-]{0,1023}");
  /** Shared by all; no id begins with a dot. */
  private static final String SCRATCH = ".scratch";

  private static final String CONFIG = "config.json";
  private static final String BUNDLE = "bundle";
  private static final String GATE = "gate";
  private static final String STATUS = "status";
  private static final Duration DEATH_TIME = Duration.ofSeconds(10);
  private static final Duration START_TIME = Duration.ofSeconds(30);
  private static final int PRIVATE_FOLDER = 0700;
  private static final int PRIVATE_FIFO = 0600;

  private final Path root;
  private final Function<String, Spec> parser;
  private final CgroupLayout layout = CgroupLayout.discover();
  private final HostFacts host = HostProbe.facts(Processes.getpid());
  private final OciProcess processes;
  private final Consumer<String> warnings;

  /**
   * A runtime.
   *
   * @param root its folder; made if it is missing
   * @param parser reads a config.json
   * @param warnings is told what a configuration asks for and does not get
   */
  public OciRuntime(Path root, Function<String, Spec> parser, Consumer<String> warnings) {
    this.root = root;
    this.parser = parser;
    this.warnings = warnings;
    this.processes = new OciProcess(host.permittedCapabilities(), warnings);
  }

  /**
   * What the caller hands over to a process.
   *
   * @param consoleSocket where the terminal's master is sent, null without one
   * @param preserved what the process is to find at 3 and behind it; they stay the caller's
   * @param environment more of its variables
   */
  public record Given(@Nullable Fd consoleSocket, List<Fd> preserved, List<String> environment) {}

  /** A container as {@code state} and {@code list} show it. */
  public record Container(OciState state, String created, String rootfs) {}

  // --- the life of a container

  /**
   * Makes a container whose process waits.
   *
   * @param config the bundle's config.json
   * @return the pid of its process
   */
  public int create(String id, Path bundle, String config, Given given) {
    checkId(id);
    Spec spec = parser.apply(config);
    Fd consoleSocket = given.consoleSocket();
    if (spec.process().terminal() && consoleSocket == null) {
      throw ProaException.invalid("cannot allocate tty if runc will detach without setting console socket");
    }
    if (!spec.process().terminal() && consoleSocket != null) {
      throw ProaException.invalid("cannot use console socket if runc will not detach or allocate tty");
    }
    Path folder = root.resolve(id);
    Spec absolute = withEnvironment(withAbsoluteRoot(spec, bundle), given);
    makeFolders(folder, id);
    TaskCgroup cgroup = null;
    try {
      cgroup = new TaskCgroup(layout, CgroupPaths.of(spec.linux().cgroupsPath(), "", id));
      DirectSpawner spawner = new DirectSpawner(folder, (process, slot) -> process.equals(id) ? slotOf(folder, slot, consoleSocket) : null);
      TaskMaker maker = maker(spawner, folder);
      SeccompFilter filter = maker.filterOf(spec);
      cgroup.create(spec.linux().resources());
      Files.writeString(folder.resolve(CONFIG), config);
      Files.createSymbolicLink(folder.resolve(BUNDLE), bundle);
      // The streams are the caller's, also standard input.
      TaskMaker.Made made = maker.make(new TaskSpec(id, absolute, List.of(), true), folder, bundle.toString(), cgroup, filter, given.preserved());
      int pid = made.process().pid();
      made.process().close();
      return pid;
    } catch (IOException e) {
      ProaException failure = ProaException.internal("cannot create " + id + ": " + e.getMessage(), e);
      discard(folder, cgroup, failure);
      throw failure;
    } catch (RuntimeException e) {
      discard(folder, cgroup, e);
      throw e;
    }
  }

  private TaskMaker maker(DirectSpawner spawner, Path folder) {
    return new TaskMaker(spawner, layout, host, new FilterStore(folder.resolve("filters")), root.resolve(SCRATCH), new SeccompAssembler());
  }

  /** Its root is relative to the bundle, and so are the sources of binds. */
  private static Spec withAbsoluteRoot(Spec spec, Path bundle) {
    Path rootfs = bundle.resolve(spec.root().path()).normalize();
    if (!Files.isDirectory(rootfs)) {
      throw ProaException.invalid("invalid rootfs: " + rootfs + " does not exist or is no directory");
    }
    List<Spec.Mount> mounts =
        spec.mounts().stream()
            .map(
                mount -> {
                  boolean bind = mount.type().equals("bind") || mount.options().contains("bind") || mount.options().contains("rbind");
                  return bind && !mount.source().startsWith("/")
                      ? new Spec.Mount(
                          mount.destination(), mount.type(), bundle.resolve(mount.source()).normalize().toString(), mount.options(), mount.uidMappings(),
                          mount.gidMappings())
                      : mount;
                })
            .toList();
    return new Spec(
        spec.ociVersion(), spec.process(), new Spec.Root(rootfs.toString(), spec.root().readonly()), spec.hostname(), spec.domainname(), mounts, spec.hooks(),
        spec.linux(), spec.annotations());
  }

  private Spec withEnvironment(Spec spec, Given given) {
    Spec.Process process = processes.grantable(spec.process());
    List<String> env = new ArrayList<>(process.env());
    env.addAll(given.environment());
    try (Fd rootfs = Fs.open(spec.root().path(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      return spec.withProcess(OciProcess.atHome(rootfs, process.with(env, process.capabilities())));
    } catch (ErrnoException e) {
      throw ProaException.invalid("invalid rootfs: " + e.getMessage());
    }
  }

  private void makeFolders(Path folder, String id) {
    try {
      Files.createDirectories(root.resolve(SCRATCH));
      Fs.mkdirat(Fd.cwd(), folder.toString(), PRIVATE_FOLDER);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EEXIST
          ? ProaException.alreadyExists("container with given ID already exists")
          : ProaException.internal("cannot make " + folder + " for " + id + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw ProaException.internal("cannot make " + root + ": " + e.getMessage(), e);
    }
  }

  private static void discard(Path folder, @Nullable TaskCgroup cgroup, RuntimeException reason) {
    boolean foreign = reason instanceof ProaException e && e.is(ErrorClass.ALREADY_EXISTS);
    try {
      if (cgroup != null && !foreign) {
        cgroup.remove(DEATH_TIME);
      }
      removeFolder(folder);
    } catch (RuntimeException late) {
      reason.addSuppressed(late);
    }
  }

  private static @Nullable Fd slotOf(Path folder, String slot, @Nullable Fd consoleSocket) throws ErrnoException {
    Fd fifo = fifo(folder, slot);
    return fifo != null ? fifo : ownStream(slot, consoleSocket);
  }

  /** Named pipes: a later command lets the process go and hears what became of it. */
  private static @Nullable Fd fifo(Path folder, String slot) throws ErrnoException {
    String name = slot.equals(SpawnPlan.GATE) ? GATE : slot.equals(SpawnPlan.STATUS) ? STATUS : "";
    if (name.isEmpty()) {
      return null;
    }
    String path = folder.resolve(name).toString();
    Fs.mknodat(Fd.cwd(), path, Stat.S_IFIFO | PRIVATE_FIFO, 0, 0);
    // Open for both, the process never meets an end of file or a pipe without a reader, whoever comes and goes.
    return Fs.open(path, Fcntl.O_RDWR);
  }

  /** The caller's own; with a terminal the slots are not among those of the plan. */
  private static @Nullable Fd ownStream(String slot, @Nullable Fd consoleSocket) throws ErrnoException {
    return switch (slot) {
      case SpawnPlan.STDIN -> Fd.borrowed(0);
      case SpawnPlan.STDOUT -> Fd.borrowed(1);
      case SpawnPlan.STDERR -> Fd.borrowed(2);
      case SpawnPlan.PTY -> consoleSocket == null ? null : consoleSocket.duplicate();
      default -> null;
    };
  }

  /** Lets the process of a created container go; returns once it is the user's program. */
  public void start(String id) {
    Known known = known(id);
    switch (known.state().status()) {
      case "created" -> {}
      case "stopped" -> throw ProaException.conflict("cannot start a container that has stopped");
      default -> throw ProaException.conflict("cannot start an already running container");
    }
    Spec spec = known.bundle().spec();
    startContainerHooks(known, spec);
    try (Fd gate = Fs.open(known.folder().resolve(GATE).toString(), Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
        StatusReader status = new StatusReader(Fs.open(known.folder().resolve(STATUS).toString(), Fcntl.O_RDONLY | Fcntl.O_NONBLOCK))) {
      Io.writeFully(gate, new byte[] {1});
      Files.delete(known.folder().resolve(GATE));
      Optional<StatusRecord> record;
      do {
        record = status.next(START_TIME);
      } while (record.isPresent());
      if (!status.ready()) {
        throw failedStart(known, status);
      }
    } catch (IOException e) {
      throw ProaException.internal("cannot start " + id + ": " + e.getMessage(), e);
    }
    // Also of one that has ended meanwhile.
    OciState running = new OciState(id, "running", known.record().pid(), known.bundle().path(), spec.annotations());
    try {
      new HookRunner(new DirectSpawner(known.folder(), (process, slot) -> null), host).runtime("poststart", hooksOf(spec).poststart(), running);
    } catch (ProaException e) {
      // Since 1.3 such a container has to be stopped and destroyed (runtime.md, "Lifecycle", step 9).
      destroy(id, e);
      throw e;
    }
  }

  private void destroy(String id, ProaException reason) {
    try {
      delete(id, true);
    } catch (ProaException late) {
      reason.addSuppressed(late);
    }
  }

  private ProaException failedStart(Known known, StatusReader status) {
    SpawnFailure failure =
        status.failure()
            .<SpawnFailure>map(failed -> failedStep(known, failed))
            .orElse(new SpawnFailure.DeadlinePassed(START_TIME, status.timedOut() ? "stuck" : "gone"));
    String id = known.state().id();
    return Failures.ofStart(id, known.record(), new SpawnException(id, failure));
  }

  /** The plan was another process's: what it was, is found out again. */
  private SpawnFailure failedStep(Known known, StatusRecord failed) {
    String name = "of its plan";
    String call = "call";
    try {
      Spec spec = withAbsoluteRoot(known.bundle().spec(), Path.of(known.bundle().path()));
      TaskMaker maker = maker(new DirectSpawner(known.folder(), (process, slot) -> null), known.folder());
      TaskSpec task = new TaskSpec(known.state().id(), spec, List.of(), true);
      List<Step> steps = maker.plan(task, known.folder(), known.cgroup(layout), maker.filterOf(spec)).steps();
      if (failed.step() < steps.size()) {
        name = steps.get(failed.step()).name();
        call = steps.get(failed.step()).callText();
      }
    } catch (RuntimeException e) {
      LOG.debug("the plan of {} is not known any more: {}", known.state().id(), e.getMessage());
    }
    return new SpawnFailure.StepFailed(failed.step(), name, call, failed.value());
  }

  private static Spec.Hooks hooksOf(Spec spec) {
    return spec.hooks() == null ? HookRunner.none() : spec.hooks();
  }

  private void startContainerHooks(Known known, Spec spec) {
    if (hooksOf(spec).startContainer().isEmpty()) {
      return;
    }
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    try {
      List<String> entrances = enter(known, descriptors);
      SeccompFilter filter = filters(known).load(known.record().filter());
      HookRunner runner = new HookRunner(new DirectSpawner(known.folder(), (process, slot) -> null), host);
      runner.each(
          "startContainer",
          hooksOf(spec).startContainer(),
          known.state(),
          descriptors,
          hook -> {
            List<String> args = new ArrayList<>(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
            args.set(0, hook.path());
            ExecSpec inside = new ExecSpec(known.state().id(), "hook", spec.process().running(args, hook.env()), true, false);
            return ExecPlanner.plan(inside, host, entrances, filter, known.record().target());
          });
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot run the hooks of " + known.state().id() + ": " + e.getMessage(), e);
    } finally {
      descriptors.values().forEach(Fd::close);
    }
  }

  private static FilterStore filters(Known known) {
    return new FilterStore(known.folder().resolve("filters"));
  }

  /** The descriptors that a plan for one more process wants. */
  private List<String> enter(Known known, Map<String, Fd> descriptors) throws ErrnoException {
    TaskCgroup cgroup = known.cgroup(layout);
    try {
      Map<String, Fd> entrances = cgroup.openEntrances();
      entrances.forEach((controller, fd) -> descriptors.put(Surroundings.cgroupDescriptor(controller), fd));
      descriptors.put(ExecPlanner.INIT, PidFd.open(known.record().pid()));
      known.record().openRoot(descriptors);
      return List.copyOf(entrances.keySet());
    } catch (IOException e) {
      throw ProaException.internal("cannot enter " + known.state().id() + ": " + e.getMessage(), e);
    }
  }

  /** A further process that was started; the caller waits for it or leaves it. */
  public interface Running {
    int pid();

    /** Its exit code, as a shell would say it. */
    int await() throws InterruptedException;
  }

  /** Starts a further process in a running container. */
  public Running exec(String id, Spec.Process wanted, Given given, boolean ignorePaused) {
    List<Fd> preserved = given.preserved();
    Known known = known(id);
    switch (known.state().status()) {
      case "running", "created" -> {}
      case "paused" -> {
        if (!ignorePaused) {
          throw ProaException.conflict("cannot exec in a paused container (use --ignore-paused to override)");
        }
      }
      default -> throw ProaException.conflict("cannot exec in a stopped container");
    }
    Map<String, Fd> descriptors = new LinkedHashMap<>();
    String name = id + "/exec";
    DirectSpawner spawner = new DirectSpawner(known.folder(), (_, slot) -> ownStream(slot, given.consoleSocket()));
    Spec.Process process = processes.grantable(wanted);
    try (Fd unified = known.cgroup(layout).openUnified()) {
      process = atHome(known, process);
      List<String> entrances = enter(known, descriptors);
      SeccompFilter filter = filters(known).load(known.record().filter());
      SpawnPlan plan =
          ExecPlanner.plan(
              new ExecSpec(id, "exec", process, true, false), host, entrances, filter, known.record().target(), preserved.size());
      for (int i = 0; i < preserved.size(); i++) {
        descriptors.put(SpawnPlan.PRESERVED + i, preserved.get(i).duplicate());
      }
      Stdio stdio = process.terminal() ? Stdio.PTY : Stdio.PIPES;
      Spawned spawned = spawner.spawn(new SpawnRequest(name, plan, descriptors, stdio, unified, SpawnRequest.DEFAULT_DEADLINE));
      spawned.awaitReady();
      return new Started(spawned, spawner, name);
    } catch (SpawnException e) {
      throw Failures.ofSpawn(id, process, e);
    } catch (IOException e) {
      throw ProaException.internal("cannot exec in " + id + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw Failures.interrupted("cannot exec in " + id);
    } finally {
      descriptors.values().forEach(Fd::close);
    }
  }

  private static Spec.Process atHome(Known known, Spec.Process process) throws ErrnoException {
    try (Fd root = Fs.open("/proc/" + known.record().pid() + "/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      return OciProcess.atHome(root, process);
    }
  }

  private record Started(Spawned process, DirectSpawner spawner, String name) implements Running {
    @Override
    public int pid() {
      return process.pid();
    }

    @Override
    public int await() throws InterruptedException {
      try {
        ProcessExit exit = spawner.exit(name).get();
        return exit.status().map(status -> status.exitCode()).orElse(255);
      } catch (IOException | ExecutionException e) {
        throw ProaException.internal("cannot wait for " + name + ": " + e.getMessage(), e);
      }
    }
  }

  /** Waits until the container's process, a child of this one, has ended: its exit code as a shell would say it. */
  public int await(String id) throws InterruptedException {
    Known known = known(id);
    try (PidFd process = PidFd.open(known.record().pid())) {
      process.awaitEnd(-1);
      return process.waitid(0).map(status -> status.exitCode()).orElse(255);
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot wait for " + id + ": " + e.getMessage(), e);
    }
  }

  /** Sends a signal to the container's process, or to all. */
  public void kill(String id, int signal, boolean all) {
    Known known = known(id);
    if (known.state().status().equals("stopped") && !all) {
      throw ProaException.conflict("container not running");
    }
    if (all) {
      known.cgroup(layout).signalAll(signal);
    } else {
      signal(known, signal);
    }
    if (signal == Signal.SIGKILL && known.state().status().equals("paused") && layout.unified() == null) {
      known.cgroup(layout).freeze(false); // of v1: what is frozen there does not even die
    }
  }

  private static void signal(Known known, int signal) {
    try (PidFd process = PidFd.open(known.record().pid())) {
      if (known.alive()) {
        process.signal(signal);
      }
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EINVAL
          ? ProaException.invalid("signal " + signal + " does not exist")
          : ProaException.conflict("container not running");
    }
  }

  /** Forgets a container that has ended; with {@code force} it is killed first, and one that is not there is no error. */
  public void delete(String id, boolean force) {
    checkId(id);
    if (force && !Files.exists(root.resolve(id))) {
      return;
    }
    Known known;
    try {
      known = known(id);
    } catch (ProaException e) {
      if (!force) {
        throw e;
      }
      removeFolder(root.resolve(id)); // what a creation that was killed has left
      return;
    }
    String status = known.state().status();
    if (!status.equals("stopped") && !force && !status.equals("created")) {
      throw ProaException.conflict("cannot delete container " + id + " that is not stopped: " + status);
    }
    TaskCgroup cgroup = known.cgroup(layout);
    cgroup.signalAll(Signal.SIGKILL);
    if (status.equals("paused")) {
      cgroup.freeze(false);
    }
    awaitDeath(known);
    cgroup.remove(DEATH_TIME);
    Spec spec = known.bundle().spec();
    OciState stopped = new OciState(id, "stopped", 0, known.state().bundle(), spec.annotations());
    removeFolder(known.folder());
    new HookRunner(new DirectSpawner(root, (process, slot) -> null), host).afterwards("poststop", hooksOf(spec).poststop(), stopped, warnings);
  }

  private static void awaitDeath(Known known) {
    try (PidFd process = PidFd.open(known.record().pid())) {
      if (known.alive()) {
        process.signal(Signal.SIGKILL);
        if (!process.awaitEnd(DEATH_TIME.toMillis())) {
          throw ProaException.unavailable("container " + known.state().id() + " did not end within " + DEATH_TIME.toSeconds() + " s after SIGKILL", null);
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESRCH && e.errno() != Errno.EINVAL) {
        throw ProaException.internal("cannot end " + known.state().id() + ": " + e.getMessage(), e);
      }
    }
  }

  // --- what is known

  public OciState state(String id) {
    return known(id).state();
  }

  /** Everything below the root that is a container. */
  public List<Container> list() {
    try (Stream<Path> folders = Files.list(root)) {
      List<Container> found = new ArrayList<>();
      for (Path folder : folders.sorted().toList()) {
        String id = folder.getFileName().toString();
        if (Files.exists(folder.resolve(TaskRecord.FILE))) {
          found.add(container(id));
        }
      }
      return found;
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw ProaException.internal("cannot list " + root + ": " + e.getMessage(), e);
    }
  }

  public Container container(String id) {
    Known known = known(id);
    Path bundle = Path.of(known.state().bundle());
    return new Container(known.state(), known.record().created().toString(), bundle.resolve(known.bundle().spec().root().path()).normalize().toString());
  }

  public void pause(String id) {
    Known known = known(id);
    if (!known.state().status().equals("running") && !known.state().status().equals("created")) {
      throw ProaException.conflict("container not running or created: " + known.state().status());
    }
    known.cgroup(layout).freeze(true);
  }

  public void resume(String id) {
    Known known = known(id);
    if (!known.state().status().equals("paused")) {
      throw ProaException.conflict("container not paused");
    }
    known.cgroup(layout).freeze(false);
  }

  public void update(String id, Spec.Resources resources) {
    known(id).cgroup(layout).update(resources);
  }

  public TaskStats stats(String id) {
    return known(id).cgroup(layout).stats();
  }

  public List<Integer> pids(String id) {
    return known(id).cgroup(layout).pids();
  }

  /** The specification that a container was made of; for an exec that names only a command. */
  public Spec specification(String id) {
    return known(id).bundle().spec();
  }

  /** What a container was made of. */
  private record Bundle(String path, Spec spec) {}

  private Bundle bundle(Path folder) {
    try {
      return new Bundle(Files.readSymbolicLink(folder.resolve(BUNDLE)).toString(), parser.apply(Files.readString(folder.resolve(CONFIG))));
    } catch (IOException e) {
      throw ProaException.dataLoss(folder + ": cannot read what the container was made of: " + e.getMessage());
    }
  }

  /** A container that there is. */
  private record Known(Path folder, TaskRecord record, Bundle bundle, OciState state) {
    TaskCgroup cgroup(CgroupLayout layout) {
      return new TaskCgroup(layout, record.group());
    }

    boolean alive() {
      return TaskRecord.birthOf(record.pid()) == record.birth() && !TaskRecord.isZombie(record.pid());
    }
  }

  private Known known(String id) {
    checkId(id);
    Path folder = root.resolve(id);
    TaskRecord record = TaskRecord.read(folder);
    if (record == null) {
      throw ProaException.notFound("container does not exist");
    }
    Bundle bundle = bundle(folder);
    Known known = new Known(folder, record, bundle, new OciState(id, "stopped", 0, bundle.path(), bundle.spec().annotations()));
    if (!known.alive()) {
      return known;
    }
    String status = Files.exists(folder.resolve(GATE)) ? "created" : known.cgroup(layout).frozen() ? "paused" : "running";
    return new Known(folder, record, bundle, new OciState(id, status, record.pid(), bundle.path(), bundle.spec().annotations()));
  }

  private static void checkId(String id) {
    if (!ID.matcher(id).matches()) {
      throw ProaException.invalid("invalid container ID format");
    }
  }

  private static void removeFolder(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (NoSuchFileException gone) {
      // Deleted already.
    } catch (IOException e) {
      throw ProaException.internal("cannot remove " + folder + ": " + e.getMessage(), e);
    }
  }
}
