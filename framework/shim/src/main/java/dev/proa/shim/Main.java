package dev.proa.shim;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Signal;
import dev.proa.spawn.internal.ShimGroup;
import dev.proa.spawn.internal.Stub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * {@code java … dev.proa.shim.Main EXEC_ROOT}: listens on EXEC_ROOT/shim.sock, says {@code ready} on standard output, and ends when the daemon tells
 * it to, never before. With a descriptor behind it takes the place of another shim in the same process, see {@link Handover}.
 *
 * <p>It is no child subreaper: the processes of a container are reaped by the container's pid 1, whose parent the shim is anyway (clone, or
 * CLONE_PARENT for exec), and those of a container in the host's pid namespace go to the host's init as they would without Proa. A subreaper would
 * get children that it never made and knows nothing of.
 */
public final class Main {
  // The lowest there is, which spares it from every out-of-memory kill: without the shim all containers lose their parent. It also keeps a kill of a
  // whole control group from reaching the shim through a child that shares its memory for a moment, see Nursery.
  private static final String OOM_SCORE = "-1000";

  /** What the kernel gives to a process unless told otherwise (core(5)). JVMs widen it, this one and the daemon's before it, and containers inherit it. */
  private static final String COREDUMP_FILTER = "0x33";

  /** Only looks whether all classes are there and fit, for a daemon that is about to have another shim become this one. */
  private static final String CHECK = "--check";

  private Main() {}

  public static void main(String[] args) throws IOException {
    if (args.length == 1 && args[0].equals(CHECK)) {
      AllClasses.load();
      return;
    }
    if (args.length != 1 && args.length != 2) {
      System.err.println("usage: java dev.proa.shim.Main EXEC_ROOT [DESCRIPTOR] | --check");
      System.exit(2);
    }
    Path execRoot = Path.of(args[0]).toAbsolutePath();
    Processes.prctl(Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0); // before anything else: nobody looks into this process
    Fs.umask(077);
    try (ShimLog log = new ShimLog(execRoot.resolve("shim.log"), args.length == 2)) {
      if (args.length == 2) {
        goOn(execRoot, log, Handover.take(Integer.parseInt(args[1])));
      } else {
        begin(execRoot, log);
      }
    } catch (ErrnoException e) {
      System.err.println("shim: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void begin(Path execRoot, ShimLog log) throws IOException {
    try (Fd lock = Fs.openat(Fd.cwd(), execRoot.resolve("shim.lock").toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600)) {
      takeLock(lock, execRoot);
      ownSession();
      ShimGroup.enter(Processes.getpid(), log::info);
      try (Fd answer = Fd.borrowed(1).duplicate()) {
        log.takeStandardStreams();
        serve(execRoot, log, lock, null, answer);
      }
    }
  }

  /** In place of another program in this process. */
  private static void goOn(Path execRoot, ShimLog log, Handover before) throws IOException {
    try (Fd lock = Fd.owning(before.lock());
        Fd nobody = Descriptors.devNull()) {
      log.info("took over " + before.children().size() + " processes");
      serve(execRoot, log, lock, before, nobody);
    }
  }

  private static void serve(Path execRoot, ShimLog log, Fd lock, @Nullable Handover before, Fd answer) throws IOException {
    boolean neverKilledForMemory = oomScore(log);
    try (Fd file = Fs.open("/proc/self/coredump_filter", Fcntl.O_WRONLY)) {
      Io.writeFully(file, COREDUMP_FILTER.getBytes(StandardCharsets.US_ASCII));
    }
    // Who means the daemon must not hit this one; SIGKILL does what it always does. Plans reset dispositions.
    for (int signal : new int[] {Signal.SIGHUP, Signal.SIGINT, Signal.SIGTERM}) {
      Processes.ignoreSignal(signal);
    }
    Path socket = execRoot.resolve("shim.sock");
    try (Loop loop = new Loop(log)) {
      Nursery nursery = new Nursery(loop, log, Stub.map(), neverKilledForMemory);
      if (before != null) {
        nursery.restore(before.children());
      }
      try (Server server = before == null ? new Server(loop, log, nursery, socket, lock) : new Server(loop, log, nursery, socket, lock, before)) {
        log.info("shim with pid " + Processes.getpid() + " is ready");
        Io.writeFully(answer, "ready\n".getBytes(StandardCharsets.US_ASCII));
        answer.close();
        loop.submit(AllClasses::load);
        loop.run();
      }
    }
    ShimGroup.leave(Processes.getpid(), log::info);
    log.info("shim with pid " + Processes.getpid() + " ends");
  }

  private static void takeLock(Fd lock, Path execRoot) throws ErrnoException {
    try {
      Io.flock(lock, Fcntl.LOCK_EX | Fcntl.LOCK_NB);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EAGAIN) {
        System.err.println("shim: another shim lives in " + execRoot + ", but its socket is gone; find it by shim.log and end it when it holds nothing");
        System.exit(1);
      }
      throw e;
    }
  }

  /** Whatever stops the daemon's process group or terminal must not stop this one. */
  private static void ownSession() throws ErrnoException {
    try {
      Processes.setsid();
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EPERM) { // EPERM: it leads a group already, the starter saw to it
        throw e;
      }
    }
  }

  /** Lowering needs CAP_SYS_RESOURCE, which some hosts do not give. */
  private static boolean oomScore(ShimLog log) throws ErrnoException {
    try (Fd file = Fs.open("/proc/self/oom_score_adj", Fcntl.O_WRONLY)) {
      Io.writeFully(file, OOM_SCORE.getBytes(StandardCharsets.US_ASCII));
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
        throw e;
      }
      log.info("oom_score_adj stays: " + e.getMessage());
      return false;
    }
  }
}
