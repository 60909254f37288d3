package dev.proa.spawn;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Signal;
import dev.proa.linux.abi.Socket;
import dev.proa.linux.abi.Syscall;
import dev.proa.linux.abi.Wait;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The system calls between clone and execve, as data: clone flags, the descriptors it must be given, and steps in order. It says nothing
 * about where things will lie in memory; {@link PlanImage} compiles it. A plan is immutable and prints as a numbered list.
 */
public final class SpawnPlan {
  /** The descriptor that takes {@link StatusRecord}s; the shim makes it. It always has the first slot. */
  public static final String STATUS = "status";

  /** The descriptor that {@link Builder#gate} steps read; the shim makes it, {@link Spawned#release} writes to it. */
  public static final String GATE = "gate";

  /** Standard input, made by the shim as {@link Stdio} says. */
  public static final String STDIN = "stdin";

  /** Standard output, made by the shim as {@link Stdio} says. */
  public static final String STDOUT = "stdout";

  /** Standard error, made by the shim as {@link Stdio} says. */
  public static final String STDERR = "stderr";

  /** The socket over which a plan sends its pty master to the shim, see {@link Builder#sendDescriptor}. */
  public static final String PTY = "pty";

  /** The number of the first slot of a usual plan: 0, 1 and 2 are the shim's own standard streams until a step replaces them. */
  public static final int FIRST_SLOT = 3;

  /** Descriptors that the program is to find at 3 and behind it: {@code preserved-0} and so on, see {@link #preserving(String, int)}. */
  public static final String PRESERVED = "preserved-";

  /** More descriptors than this no plan may declare. */
  public static final int MAX_DESCRIPTORS = 240;

  private final String title;
  private final int preserved;
  private final long cloneFlags;
  private final List<String> descriptors;
  private final List<Step> steps;

  private SpawnPlan(String title, int preserved, long cloneFlags, List<String> descriptors, List<Step> steps) {
    this.title = title;
    this.preserved = preserved;
    this.cloneFlags = cloneFlags;
    this.descriptors = List.copyOf(descriptors);
    this.steps = List.copyOf(steps);
  }

  /** Starts a plan; {@code title} becomes the process's comm until it executes the program, and heads the printed plan. */
  public static Builder builder(String title) {
    return new Builder(title, 0);
  }

  /**
   * The same for a program that is given descriptors besides its standard streams. They have the lowest numbers, below the slots, and no step sees them.
   *
   * @param count how many
   */
  public static Builder preserving(String title, int count) {
    return new Builder(title, count);
  }

  /** How many descriptors the program gets besides its standard streams. */
  public int preserved() {
    return preserved;
  }

  /** The number of the first slot of this plan. */
  public int firstSlot() {
    return FIRST_SLOT + preserved;
  }

  public String title() {
    return title;
  }

  /** CLONE_NEW* flags of the first clone. */
  public long cloneFlags() {
    return cloneFlags;
  }

  /** The call that makes its first process, without what the shim adds: {@code clone3(CLONE_NEWNS|CLONE_NEWPID)}. */
  public String cloneText() {
    return "clone3(" + CloneFlags.shown(cloneFlags) + ")";
  }

  /** Names of the descriptors it must be given, in the order of their slots. */
  public List<String> descriptors() {
    return descriptors;
  }

  public List<Step> steps() {
    return steps;
  }

  /** Whether a step clones the process that counts, whose pid the plan then reports. */
  public boolean clonesAgain() {
    return steps.stream()
        .anyMatch(
            step -> step.kind() == Step.Kind.CLONE && step.args().getFirst() instanceof Arg.Number(long flags, String _) && (flags & Sched.CLONE_PARENT) != 0);
  }

  /** One line a step: {@code 14 "mount proc" fsmount(#12, FSMOUNT_CLOEXEC, 0)}. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    out.append("plan ").append(Printed.quoted(title)).append(' ').append(cloneText());
    out.append(" descriptors ");
    for (int i = 0; i < descriptors.size(); i++) {
      out.append(i == 0 ? "" : ", ").append(firstSlot() + i).append("=<").append(descriptors.get(i)).append('>');
    }
    out.append('\n');
    for (int i = 0; i < steps.size(); i++) {
      out.append(line(i)).append('\n');
    }
    return out.toString();
  }

  /** One step as {@link #toString} prints it. */
  public String line(int index) {
    Step step = steps.get(index);
    StringBuilder out = new StringBuilder();
    out.append(index).append(' ').append(Printed.quoted(step.name())).append(' ').append(step.callText());
    if (step.kind() == Step.Kind.CLONE) {
      out.append(" child goes on at ").append(step.otherwise());
    } else if (!step.tolerated().isEmpty()) {
      out.append(" tolerates ").append(step.tolerated().stream().map(Errno::name).collect(Collectors.joining(", ")));
      if (step.otherwise() != index + 1) {
        out.append(" and goes to ").append(step.otherwise());
      }
    }
    if (step.onSuccess() != index + 1) {
      out.append(", then goes to ").append(step.onSuccess());
    }
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SpawnPlan that && toString().equals(that.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** A place in a plan that earlier steps may jump to; set by {@link Builder#mark}. */
  public static final class Label {
    private int step = -1;

    private Label() {}
  }

  /** A step that was just added: what it tolerates and where it leads can still be said. */
  public static final class Added {
    private final int index;
    private final String name;
    private final Step.Kind kind;
    private final Syscall call;
    private final List<Arg> args;
    private final Label fallThrough = new Label();
    private List<Errno> tolerated = List.of();
    private Label onSuccess = fallThrough;
    private Label otherwise = fallThrough;

    private Added(int index, String name, Step.Kind kind, Syscall call, List<Arg> args) {
      this.index = index;
      this.name = name;
      this.kind = kind;
      this.call = call;
      this.args = List.copyOf(args);
    }

    /** These errnos are no failure here: the plan goes on (see {@link #otherwise}). At most four; never on a step that secures something. */
    public Added tolerating(Errno... errnos) {
      if (errnos.length > Step.MAX_TOLERATED) {
        throw new IllegalArgumentException("step " + Printed.quoted(name) + " tolerates " + errnos.length + " errnos, at most four can be");
      }
      tolerated = List.of(errnos);
      return this;
    }

    /** After a tolerated errno the plan goes on at {@code label} instead of the next step. */
    public Added otherwise(Label label) {
      otherwise = label;
      return this;
    }

    /** After success the plan goes on at {@code label} instead of the next step. */
    public Added then(Label label) {
      onSuccess = label;
      return this;
    }

    /** What the call returns, as an argument of later steps; a tolerated errno is there as its negative number. */
    public Arg.Result result() {
      return new Arg.Result(index);
    }

    public int index() {
      return index;
    }

    private Step build(int last) {
      return new Step(name, kind, call, args, tolerated, target(onSuccess, last), target(otherwise, last));
    }

    private int target(Label label, int last) {
      if (label == fallThrough) {
        return index + 1;
      }
      if (label.step < 0) {
        throw new IllegalStateException("step " + Printed.quoted(name) + " leads to a label that was never marked");
      }
      if (label.step <= index || label.step > last) {
        throw new IllegalStateException("step " + Printed.quoted(name) + " leads backwards or out of the plan, to step " + label.step);
      }
      return label.step;
    }
  }

  /** Builds a plan step by step. Not thread-safe. */
  public static final class Builder {
    private final String title;
    private final int preserved;
    private final List<String> descriptors = new ArrayList<>(List.of(STATUS));
    private final List<Added> steps = new ArrayList<>();
    private long cloneFlags;

    private Builder(String title, int preserved) {
      this.title = Objects.requireNonNull(title);
      this.preserved = preserved;
    }

    /**
     * CLONE_NEW* of {@link Sched} for the first clone; the shim adds what it needs itself. Not CLONE_NEWUSER: the image is executed while no id is
     * mapped yet, and execve would drop all capabilities. A plan with a user namespace unshares it in a step, has its mappings written at a
     * {@link #gate}, and goes on with {@link #cloneVisible}.
     */
    public Builder cloneFlags(long flags) {
      cloneFlags |= CloneFlags.namespacesOnly(flags);
      return this;
    }

    /** The descriptor of that name; declared at its first mention, and its slot is fixed from then on. */
    public Arg.Descriptor descriptor(String name) {
      int at = descriptors.indexOf(name);
      if (at < 0) {
        if (descriptors.size() == MAX_DESCRIPTORS) {
          throw new IllegalArgumentException("a plan takes at most " + MAX_DESCRIPTORS + " descriptors; " + name + " is one too many");
        }
        at = descriptors.size();
        descriptors.add(name);
      }
      return new Arg.Descriptor(name, firstSlot() + at);
    }

    /** See {@link SpawnPlan#firstSlot}. */
    public int firstSlot() {
      return FIRST_SLOT + preserved;
    }

    /** The number after the last slot, whatever is declared later still. */
    public Arg afterSlots() {
      return new Arg.AfterSlots();
    }

    /** The name that the process shows in ps until its program runs: the title, as far as 15 bytes go. */
    public String comm() {
      return title.substring(0, Math.min(15, title.length()));
    }

    /** Zeroed writable memory. */
    public Arg.Buffer buffer(String name, int size) {
      return new Arg.Buffer(name, new byte[size]);
    }

    /** Writable memory that starts with these bytes. */
    public Arg.Buffer buffer(String name, byte[] bytes) {
      return new Arg.Buffer(name, bytes);
    }

    /** Writable memory of 64-bit words, each what the argument would be in a register: clone_args, open_how, mount_attr, iovec, msghdr. */
    public Arg.Buffer words(String name, Arg... words) {
      Arg.Buffer buffer = new Arg.Buffer(name, new byte[8 * words.length]);
      for (int i = 0; i < words.length; i++) {
        buffer.word(8 * i, words[i]);
      }
      return buffer;
    }

    /** One system call. */
    public Added call(String name, Syscall call, Arg... args) {
      return add(name, Step.Kind.CALL, call, args);
    }

    /** One system call that may answer EAGAIN when somebody else is quicker, such as openat2(2): it is made again then, at most 128 times in all. */
    public Added callAgain(String name, Syscall call, Arg... args) {
      return add(name, Step.Kind.AGAIN, call, args);
    }

    /** The call once for every first argument from {@code from} to {@code to}, both included; at most four more arguments. */
    public Added repeat(String name, Syscall call, int from, int to, Arg... rest) {
      Arg[] args = new Arg[6];
      Arrays.fill(args, Arg.number(0));
      args[0] = Arg.number(from);
      System.arraycopy(rest, 0, args, 1, rest.length);
      args[5] = Arg.number(to);
      if (rest.length > 4 || to < from) {
        throw new IllegalArgumentException("cannot repeat " + call + " from " + from + " to " + to);
      }
      return add(name, Step.Kind.REPEAT, call, args);
    }

    /** Writes the low 32 bits of {@code value} into {@code buffer} at {@code offset}: the way of a result into a structure. */
    public Added store(String name, Arg.Buffer buffer, int offset, Arg value) {
      return add(name, Step.Kind.STORE, Syscall.WRITE, buffer.at(offset), value);
    }

    /** Fails with {@code errno} unless {@code (value & mask) == expected}. */
    public Added check(String name, Arg value, long mask, long expected, Errno errno) {
      return add(
          name,
          Step.Kind.CHECK,
          Syscall.READ,
          value,
          Arg.flags("0x" + Long.toHexString(mask), mask),
          Arg.flags("0x" + Long.toHexString(expected), expected),
          Arg.number(errno.number()));
    }

    /**
     * Waits here until {@link Spawned#release}: says so on the status pipe, then reads a byte of the {@link #GATE} descriptor. When the other
     * end is gone (the shim died) the plan fails with ECANCELED.
     */
    public void gate(String name) {
      int index = steps.size();
      call(name + ": say so", Syscall.WRITE, descriptor(STATUS), record(StatusRecord.Kind.WAITING, index, 0), Arg.number(StatusRecord.SIZE));
      add(name, Step.Kind.GATE, Syscall.READ, descriptor(GATE), buffer("byte", 8), Arg.number(1));
    }

    /**
     * Clones the process that counts. The child goes on with the following steps, the parent reports the child's pid and exits. The child is a
     * child of the shim too (CLONE_PARENT), which therefore learns how it ends. It is clone(2), not clone3: seccomp profiles refuse the latter
     * because they cannot look into its arguments, and a plan may have its filter on already.
     *
     * @param flags further CLONE_NEW* flags
     */
    public void cloneVisible(String name, long flags) {
      long all = flags | Sched.CLONE_PARENT; // no exit signal: with CLONE_PARENT it is the parent's, SIGCHLD
      Label child = label();
      Arg.Buffer record = record(StatusRecord.Kind.PID, steps.size(), 0);
      Added clone =
          add(name, Step.Kind.CLONE, Syscall.CLONE, Arg.flags(CloneFlags.shown(all), all), Arg.none(), Arg.none(), Arg.none(), Arg.none());
      clone.otherwise(child);
      store(name + ": its pid", record, StatusRecord.VALUE, clone.result());
      call(name + ": report it", Syscall.WRITE, descriptor(STATUS), record, Arg.number(StatusRecord.SIZE));
      call(name + ": leave", Syscall.EXIT_GROUP, Arg.number(0));
      mark(child);
    }

    /**
     * Has a child of this process make the steps that {@code work} adds, and waits for its end: for what only somebody inside a pid namespace can do. It
     * shares this process's table of descriptors, so that what it leaves under a known number is there afterwards, and nothing else. If it fails, the
     * plan fails with its step; if it is killed, with ECHILD.
     */
    public void inHelper(String name, Runnable work) {
      Label child = label();
      Label done = label();
      Added clone =
          add(name, Step.Kind.CLONE, Syscall.CLONE, Arg.flags("CLONE_FILES", Sched.CLONE_FILES), Arg.none(), Arg.none(), Arg.none(), Arg.none());
      clone.otherwise(child);
      Arg.Buffer status = buffer("status", Long.BYTES);
      call(name + ": wait for it", Syscall.WAIT4, clone.result(), status, Arg.flags("__WALL", Wait.__WALL), Arg.none());
      check(name + ": it did", status.load(0), 0xffffffffL, 0, Errno.ECHILD).then(done);
      mark(child);
      // Should this process be killed, nothing of it stays behind.
      call(name + ": end with its parent", Syscall.PRCTL, Arg.flags("PR_SET_PDEATHSIG", Prctl.PR_SET_PDEATHSIG), Arg.flags("SIGKILL", Signal.SIGKILL));
      work.run();
      call(name + ": leave", Syscall.EXIT_GROUP, Arg.number(0));
      mark(done);
    }

    /** Sends a descriptor that an earlier step opened over a socket that the plan was given (SCM_RIGHTS, with one byte). */
    public void sendDescriptor(String name, Arg socket, Arg descriptor) {
      ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(20);
      header.putInt(Socket.SOL_SOCKET).putInt(Socket.SCM_RIGHTS);
      Arg.Buffer control = buffer("cmsg", header.array());
      Arg.Buffer iov = words("iov", buffer("byte", 8), Arg.number(1));
      Arg.Buffer message = words("msghdr", Arg.number(0), Arg.number(0), iov, Arg.number(1), control, Arg.number(24), Arg.number(0));
      store(name + ": into the message", control, 16, descriptor);
      call(name, Syscall.SENDMSG, socket, message, Arg.flags("MSG_NOSIGNAL", Socket.MSG_NOSIGNAL));
    }

    /**
     * The end: a READY record, then execve of each candidate in turn, as execvp does along PATH. The status pipe is close-on-exec, so end of file
     * after READY is success.
     *
     * @param candidates absolute paths, or paths relative to the working directory
     */
    public void exec(String name, List<String> candidates, List<String> argv, List<String> envp) {
      if (candidates.isEmpty()) {
        throw new IllegalArgumentException("nothing to execute");
      }
      call("ready", Syscall.WRITE, descriptor(STATUS), record(StatusRecord.Kind.READY, steps.size(), 0), Arg.number(StatusRecord.SIZE));
      add(name, Step.Kind.EXEC, Syscall.EXECVE, Arg.strings(candidates), Arg.strings(argv), Arg.strings(envp));
    }

    /**
     * {@link #exec} as execvp(3) finds a program: a name with a slash is a path, any other is tried in each directory of {@code path}.
     *
     * @param path the value of PATH; empty components mean the working directory
     */
    public void execAlongPath(String name, List<String> argv, List<String> envp, String path) {
      exec(name, alongPath(argv.getFirst(), path), argv, envp);
    }

    /** The candidates of {@link #execAlongPath}. */
    public static List<String> alongPath(String program, String path) {
      if (program.contains("/")) {
        return List.of(program);
      }
      return Arrays.stream(path.split(":", -1))
          .map(dir -> dir.isEmpty() ? "./" + program : dir.endsWith("/") ? dir + program : dir + "/" + program)
          .distinct()
          .toList();
    }

    public Label label() {
      return new Label();
    }

    /** The next step is where {@code label} leads. */
    public Builder mark(Label label) {
      if (label.step >= 0) {
        throw new IllegalStateException("a label marks one place");
      }
      label.step = steps.size();
      return this;
    }

    /** How many steps there are so far. */
    public int size() {
      return steps.size();
    }

    public SpawnPlan build() {
      if (steps.isEmpty() || steps.getLast().kind != Step.Kind.EXEC) {
        throw new IllegalStateException("a plan ends with exec");
      }
      return new SpawnPlan(title, preserved, cloneFlags, descriptors, steps.stream().map(step -> step.build(steps.size() - 1)).toList());
    }

    private Arg.Buffer record(StatusRecord.Kind kind, int step, int value) {
      return buffer(kind.name(), new StatusRecord(kind, step, value, 0).encode());
    }

    private Added add(String name, Step.Kind kind, Syscall call, Arg... args) {
      for (Arg arg : args) {
        if (arg instanceof Arg.Result(int step) && step >= steps.size()) {
          throw new IllegalArgumentException("step " + Printed.quoted(name) + " uses the result of step " + step + ", which comes later");
        }
      }
      Added added = new Added(steps.size(), name, kind, call, List.of(args));
      steps.add(added);
      return added;
    }
  }
}
