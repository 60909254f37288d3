package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.O_TTY;
import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Magic;
import dev.proa.linux.abi.Stat;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Tty;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Standard streams: pipes of the shim's, or a terminal of the container's own. */
final class StreamSteps {
  /** struct winsize: rows, columns, two unused; 16 bits each. */
  private static final String GIVE = "give the user the streams";
  private static final int WINSIZE = 8;

  /** sizeof(struct statfs) and where f_type is. */
  private static final int STATFS = 120;

  private final Steps steps;

  StreamSteps(Steps steps) {
    this.steps = steps;
  }

  /**
   * Pipes onto 0, 1 and 2.
   *
   * @param nullDevice what standard input becomes when nobody writes to it, null for the shim's
   */
  void pipes(boolean stdin, @Nullable Arg nullDevice) {
    SpawnPlan.Builder plan = steps.plan();
    if (stdin || nullDevice == null) {
      steps.dup3("standard input", plan.descriptor(SpawnPlan.STDIN), 0);
    } else {
      steps.dup3("standard input", nullDevice, 0);
    }
    steps.dup3("standard output", plan.descriptor(SpawnPlan.STDOUT), 1);
    steps.dup3("standard error", plan.descriptor(SpawnPlan.STDERR), 2);
  }

  /**
   * A pipe is its maker's; through /dev/stdout the user opens it anew. What is no pipe, as a caller of the OCI runtime may hand over, stays whose it is: the null
   * device, above all, is everybody's.
   *
   * @param users of the container's user namespace, null in the host's
   */
  void give(Spec.Process process, boolean stdin, @Nullable IdMap users) {
    int owner = users == null ? process.user().uid() : users.hostUid(process.user().uid());
    if (owner == 0 || process.terminal()) {
      return;
    }
    List<String> streams = stdin ? List.of(SpawnPlan.STDIN, SpawnPlan.STDOUT, SpawnPlan.STDERR) : List.of(SpawnPlan.STDOUT, SpawnPlan.STDERR);
    SpawnPlan.Builder plan = steps.plan();
    for (String stream : streams) {
      SpawnPlan.Label next = plan.label();
      Arg descriptor = plan.descriptor(stream);
      plan.call(GIVE, Syscall.FCNTL, descriptor, flags("F_GETPIPE_SZ", Fcntl.F_GETPIPE_SZ)).tolerating(Errno.EBADF).otherwise(next);
      steps.fchown(GIVE, descriptor, owner, -1);
      plan.mark(next);
    }
  }

  /** A new terminal of the devpts that this plan mounted. @return its slave */
  Arg terminal(Spec.Process process, Arg devpts) {
    return slaveOf(process, steps.openat("open a terminal", devpts, "ptmx", O_TTY).result());
  }

  /**
   * A new terminal in a container that runs: its /dev/pts may be anything by now, so what was opened has to be the multiplexer of a devpts.
   */
  Arg terminalOfRunning(Spec.Process process) {
    SpawnPlan.Builder plan = steps.plan();
    Arg master = steps.openat2("open a terminal", Steps.AT_FDCWD, "/dev/pts/ptmx", O_TTY, Steps.IN_ROOT).result();
    Arg.Buffer statfs = plan.buffer("statfs", STATFS);
    steps.call("/dev/pts is a devpts", Syscall.FSTATFS, master, statfs);
    plan.check("/dev/pts is a devpts", statfs.load(0), 0xffffffffL, Magic.DEVPTS_SUPER_MAGIC, Errno.ENODEV);
    return slaveOf(process, master);
  }

  private Arg slaveOf(Spec.Process process, Arg master) {
    SpawnPlan.Builder plan = steps.plan();
    steps.call("unlock the terminal", Syscall.IOCTL, master, flags("TIOCSPTLCK", Tty.TIOCSPTLCK), plan.buffer("0", Integer.BYTES));
    // By descriptor: a path such as /dev/pts/0 could have become something else.
    Arg slave = steps.call("open the terminal's slave", Syscall.IOCTL, master, flags("TIOCGPTPEER", Tty.TIOCGPTPEER), O_TTY).result();
    Spec.ConsoleSize size = process.consoleSize();
    if (size != null && size.height() > 0 && size.width() > 0) {
      ByteBuffer winsize = ByteBuffer.allocate(WINSIZE).order(ByteOrder.LITTLE_ENDIAN);
      winsize.putShort((short) size.height()).putShort((short) size.width());
      steps.call("size of the terminal", Syscall.IOCTL, master, flags("TIOCSWINSZ", Tty.TIOCSWINSZ), plan.buffer("winsize", winsize.array()));
    }
    if (process.user().uid() != 0) {
      steps.fchown("give the user the terminal", slave, process.user().uid(), -1);
    }
    plan.sendDescriptor("hand the terminal to the shim", plan.descriptor(SpawnPlan.PTY), master);
    return slave;
  }

  /** The slave becomes all three streams. */
  void onto(Arg slave) {
    for (int stream = 0; stream < 3; stream++) {
      steps.dup3("streams of the terminal", slave, stream);
    }
  }

  /** Standard input becomes the controlling terminal of this session, whose leader the process has to be. */
  void controlTerminal() {
    steps.call("controlling terminal", Syscall.IOCTL, number(0), flags("TIOCSCTTY", Tty.TIOCSCTTY), number(0));
  }

  /** Shows the terminal as /dev/console, on a node that this plan makes in its own /dev. */
  void console(Arg slave, Arg dev) {
    String name = "mount /dev/console";
    steps.mknodat(name, dev, "console", Stat.S_IFREG | 0620, 0).tolerating(Errno.EEXIST);
    Arg terminal = steps.cloneTree(name, slave, false).result();
    steps.moveMount(name, terminal, dev, "console");
  }
}
