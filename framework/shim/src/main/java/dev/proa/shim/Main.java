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
import dev.proa.spawn.internal.Stub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * {@code java … dev.proa.shim.Main EXEC_ROOT}: listens on EXEC_ROOT/shim.sock, says {@code ready} on standard output, and ends when the daemon tells
 * it to, never before.
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

  private Main() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: java dev.proa.shim.Main EXEC_ROOT");
      System.exit(2);
    }
    Path execRoot = Path.of(args[0]).toAbsolutePath();
    Processes.prctl(Prctl.PR_SET_DUMPABLE, 0, 0, 0, 0); // before anything else: nobody looks into this process
    Fs.umask(077);
    try (Fd lock = Fs.openat(Fd.cwd(), execRoot.resolve("shim.lock").toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600)) {
      takeLock(lock, execRoot);
      ownSession();
      try (Fd answer = Fd.borrowed(1).duplicate();
          ShimLog log = new ShimLog(execRoot.resolve("shim.log"))) {
        serve(execRoot, log, answer);
      }
    } catch (ErrnoException e) {
      System.err.println("shim: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void serve(Path execRoot, ShimLog log, Fd answer) throws ErrnoException {
    boolean neverKilledForMemory = oomScore(log);
    try (Fd file = Fs.open("/proc/self/coredump_filter", Fcntl.O_WRONLY)) {
      Io.writeFully(file, COREDUMP_FILTER.getBytes(StandardCharsets.US_ASCII));
    }
    // Who means the daemon must not hit this one; SIGKILL does what it always does. Plans reset dispositions.
    for (int signal : new int[] {Signal.SIGHUP, Signal.SIGINT, Signal.SIGTERM}) {
      Processes.ignoreSignal(signal);
    }
    try (Loop loop = new Loop(log)) {
      Nursery nursery = new Nursery(loop, log, Stub.map(), neverKilledForMemory);
      try (Server server = new Server(loop, log, nursery, execRoot.resolve("shim.sock"))) {
        log.info("shim with pid " + Processes.getpid() + " is ready");
        Io.writeFully(answer, "ready\n".getBytes(StandardCharsets.US_ASCII));
        answer.close();
        loop.run();
      }
    }
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
