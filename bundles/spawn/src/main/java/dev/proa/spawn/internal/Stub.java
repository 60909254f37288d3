package dev.proa.spawn.internal;

import static dev.proa.linux.abi.Layouts.CLONE_ARGS;
import static dev.proa.linux.abi.Layouts.offset;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.NativeMemory;
import dev.proa.linux.PidFd;
import dev.proa.linux.abi.Arch;
import dev.proa.linux.abi.Memory;
import dev.proa.linux.abi.Sched;
import dev.proa.linux.abi.Signal;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The few instructions between the JVM and a plan's image: clone3 as vfork does it, then, in the child, dup3 into the slots and execveat. The
 * child runs on this thread's stack while the thread stands still in the kernel, and touches nothing but the structures given to it.
 *
 * <p>SAFETY: the code page is written while it is read-write and is read-execute from then on, never both. It is never unmapped.
 */
public final class Stub {
  private static final long REQUEST_SIZE = 64;
  private static final VarHandle INT = JAVA_INT.varHandle();

  private final MethodHandle stub;

  private Stub(MethodHandle stub) {
    this.stub = stub;
  }

  /** Maps the code. Once a process is enough. */
  public static Stub map() throws ErrnoException {
    byte[] code = MachineCode.stub(Arch.HOST);
    MemorySegment page = NativeMemory.mmap(code.length, Memory.PROT_READ | Memory.PROT_WRITE, Memory.MAP_PRIVATE | Memory.MAP_ANONYMOUS);
    MemorySegment.copy(code, 0, page, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, code.length);
    NativeMemory.mprotect(page, Memory.PROT_READ | Memory.PROT_EXEC);
    return new Stub(Linker.nativeLinker().downcallHandle(page, FunctionDescriptor.of(JAVA_LONG, ADDRESS)));
  }

  /** A descriptor for the child, and the number it will have there; the numbers must be lower than every {@code from}. */
  public record Slot(Fd from, int to) {}

  /** The call did not make a process that runs the image. */
  public static final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    private final String call;
    private final int errno;

    public Failure(String call, int errno) {
      super(call + " " + ErrnoException.describe(errno));
      this.call = call;
      this.errno = errno;
    }

    public String call() {
      return call;
    }

    public int errno() {
      return errno;
    }
  }

  /** A process that runs the image. */
  public record Cloned(int pid, PidFd pidfd) {}

  /** One use of the stub. */
  public final class Call implements AutoCloseable {
    private final Arena arena;
    private final MemorySegment request;
    private final MemorySegment pidfd;

    private Call(Arena arena, long flags, Fd image, List<Slot> slots, @Nullable Fd cgroup, boolean shared) {
      this.arena = arena;
      request = arena.allocate(REQUEST_SIZE, 8);
      pidfd = arena.allocate(JAVA_INT);
      MemorySegment pid = arena.allocate(JAVA_INT);
      long sharing = shared ? Sched.CLONE_VM | Sched.CLONE_VFORK : 0;
      long all = flags | sharing | Sched.CLONE_PIDFD | Sched.CLONE_PARENT_SETTID | Sched.CLONE_CLEAR_SIGHAND;
      MemorySegment args = arena.allocate(CLONE_ARGS);
      args.set(JAVA_LONG, offset(CLONE_ARGS, "flags"), all | (cgroup == null ? 0 : Sched.CLONE_INTO_CGROUP));
      args.set(JAVA_LONG, offset(CLONE_ARGS, "pidfd"), pidfd.address());
      args.set(JAVA_LONG, offset(CLONE_ARGS, "parent_tid"), pid.address());
      args.set(JAVA_LONG, offset(CLONE_ARGS, "exit_signal"), Signal.SIGCHLD);
      args.set(JAVA_LONG, offset(CLONE_ARGS, "cgroup"), cgroup == null ? 0 : cgroup.raw());
      MemorySegment pairs = arena.allocate(8L * (slots.size() + 1), 8);
      for (int i = 0; i < slots.size(); i++) {
        pairs.set(JAVA_INT, 8L * i, slots.get(i).from().raw());
        pairs.set(JAVA_INT, 8L * i + 4, slots.get(i).to());
      }
      pairs.set(JAVA_INT, 8L * slots.size(), -1);
      MemorySegment argv = arena.allocate(16, 8);
      argv.set(JAVA_LONG, 0, arena.allocateFrom("proa").address());
      request.set(JAVA_LONG, 0, args.address());
      request.set(JAVA_LONG, 8, CLONE_ARGS.byteSize());
      request.set(JAVA_LONG, 16, pairs.address());
      request.set(JAVA_LONG, 24, image.raw());
      request.set(JAVA_LONG, 32, argv.address());
      request.set(JAVA_LONG, 40, argv.address() + 8); // an empty environment
      request.set(JAVA_LONG, 56, arena.allocateFrom("").address());
      INT.setVolatile(pidfd, 0L, -1);
    }

    /** Clones; returns when the child has executed the image or is dead, or at once if it shares no memory. */
    public Cloned run() throws Failure {
      long result;
      try {
        result = (long) stub.invokeExact(request);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      if (result < 0) {
        throw new Failure("clone3", (int) -result);
      }
      PidFd child = PidFd.owning((int) INT.getVolatile(pidfd, 0L));
      long failure = request.get(JAVA_LONG, 48);
      if (failure == 0) {
        return new Cloned((int) result, child);
      }
      try (child) {
        child.waitid(0);
      } catch (ErrnoException e) {
        throw new IllegalStateException("cannot reap the child " + result + " that failed", e);
      }
      throw new Failure("execveat", (int) -failure);
    }

    /** From another thread while {@link #run} hangs: kills the child, if there is one yet. */
    public boolean kill() throws ErrnoException {
      int number = (int) INT.getVolatile(pidfd, 0L);
      if (number < 0) {
        return false;
      }
      PidFd.borrowed(number).signal(Signal.SIGKILL);
      return true;
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  /**
   * Prepares a call; the descriptors must stay open until it has returned.
   *
   * @param here whether the call is run and closed by this thread, and never killed by another
   * @param shared whether the child shares this process's memory until its exec (CLONE_VM and CLONE_VFORK). Without, memory is copied on write, which
   *     takes a millisecond longer; {@link Call#run} returns at once then, and an exec that fails shows as exit code 127.
   */
  public Call prepare(boolean here, long namespaceFlags, Fd image, List<Slot> slots, @Nullable Fd cgroup, boolean shared) {
    // Closing a shared arena stops every thread of the JVM for a moment.
    return new Call(here ? Arena.ofConfined() : Arena.ofShared(), namespaceFlags, image, slots, cgroup, shared);
  }
}
