package dev.proa.linux;

import static dev.proa.linux.Kernel.call;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.proa.linux.abi.Layouts;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Seccomp;
import dev.proa.linux.abi.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls about processes and threads. Those that change the calling task change this one thread only (raw system calls, see
 * {@link Kernel}); what must change for all of a JVM belongs into a spawn plan, or to where one thread is left.
 */
public final class Processes {
  private Processes() {}

  public static int getpid() {
    return (int) Kernel.raw(Syscall.GETPID, 0L, 0L, 0L, 0L, 0L, 0L);
  }

  public static int gettid() {
    return (int) Kernel.raw(Syscall.GETTID, 0L, 0L, 0L, 0L, 0L, 0L);
  }

  public static int geteuid() {
    return (int) Kernel.raw(Syscall.GETEUID, 0L, 0L, 0L, 0L, 0L, 0L);
  }

  public static int getegid() {
    return (int) Kernel.raw(Syscall.GETEGID, 0L, 0L, 0L, 0L, 0L, 0L);
  }

  /** setsid(2): fails with EPERM for a leader of a process group. */
  public static int setsid() throws ErrnoException {
    return (int) call(Syscall.SETSID, null, 0);
  }

  /** rt_sigaction(2) with SIG_IGN for the whole process, whatever the JVM had installed. */
  public static void ignoreSignal(int signal) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(32, 8); // struct sigaction of the kernel: handler, flags, restorer, mask
      action.set(JAVA_LONG, 0, 1);
      call(Syscall.RT_SIGACTION, Integer.toString(signal), signal, action.address(), 0, 8);
    }
  }

  /**
   * From now on the signal does nothing but end a thread's blocking system call with EINTR: its handler is a C function that has no effect. For signals
   * that the JVM does not use, real-time ones.
   */
  public static void interruptWith(int signal) throws ErrnoException {
    Linker linker = Linker.nativeLinker();
    MemorySegment harmless = linker.defaultLookup().find("getpid").orElseThrow(() -> new UnsatisfiedLinkError("the C library has no getpid(2)"));
    MemorySegment function = linker.defaultLookup().find("sigaction").orElseThrow(() -> new UnsatisfiedLinkError("the C library has no sigaction(2)"));
    // libc's own call, because the kernel wants the address of a trampoline beside the handler's, which only libc has
    MethodHandle sigaction = linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(152, 8); // struct sigaction of libc: handler, mask of 128 bytes, flags, restorer; no SA_RESTART
      action.set(JAVA_LONG, 0, harmless.address());
      if ((int) sigaction.invokeExact(signal, action, MemorySegment.NULL) != 0) {
        throw new ErrnoException("sigaction", Errno.EINVAL, Integer.toString(signal));
      }
    } catch (ErrnoException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** tgkill(2) of a thread of this process; ESRCH when it is gone. */
  public static void tgkill(int tid, int signal) throws ErrnoException {
    call(Syscall.TGKILL, tid + ", " + signal, getpid(), tid, signal);
  }

  /**
   * seccomp(2) with SECCOMP_SET_MODE_FILTER, after PR_SET_NO_NEW_PRIVS, which the kernel wants. There is no way back.
   *
   * @param program {@code struct sock_filter}s
   * @param flags SECCOMP_FILTER_FLAG_* of {@link dev.proa.linux.abi.Seccomp}: TSYNC for all threads of the process
   */
  public static void confine(byte[] program, long flags) throws ErrnoException {
    prctl(Prctl.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment instructions = arena.allocate(program.length, 8);
      MemorySegment.copy(program, 0, instructions, JAVA_BYTE, 0, program.length);
      MemorySegment fprog = arena.allocate(Layouts.SOCK_FPROG);
      fprog.set(JAVA_SHORT, 0, (short) (program.length / Layouts.SOCK_FILTER.byteSize()));
      fprog.set(JAVA_LONG, Layouts.offset(Layouts.SOCK_FPROG, "filter"), instructions.address());
      long result = call(Syscall.SECCOMP, "SECCOMP_SET_MODE_FILTER", Seccomp.SECCOMP_SET_MODE_FILTER, flags, fprog.address());
      if (result > 0) {
        throw new ErrnoException("seccomp", Errno.ESRCH, "thread " + result + " has another filter");
      }
    }
  }

  /**
   * setfsuid(2) and setfsgid(2) of this thread: what it makes from now on belongs to them, and file capabilities are away while the user is not 0. Needs
   * CAP_SETUID and CAP_SETGID.
   */
  public static void setFileSystemIds(int uid, int gid) throws ErrnoException {
    Kernel.raw(Syscall.SETFSGID, gid, 0L, 0L, 0L, 0L, 0L);
    Kernel.raw(Syscall.SETFSUID, uid, 0L, 0L, 0L, 0L, 0L);
    // neither says whether it worked, but each says what was set before
    if ((int) Kernel.raw(Syscall.SETFSGID, gid, 0L, 0L, 0L, 0L, 0L) != gid || (int) Kernel.raw(Syscall.SETFSUID, uid, 0L, 0L, 0L, 0L, 0L) != uid) {
      throw new ErrnoException("setfsuid", Errno.EPERM, Integer.toUnsignedString(uid) + ", " + Integer.toUnsignedString(gid));
    }
  }

  /** kill(2); prefer {@link PidFd#signal}. */
  public static void kill(int pid, int signal) throws ErrnoException {
    call(Syscall.KILL, pid + ", " + signal, pid, signal);
  }

  /** prctl(2): PR_* of {@link dev.proa.linux.abi.Prctl}. */
  public static int prctl(int option, long b, long c, long d, long e) throws ErrnoException {
    return (int) call(Syscall.PRCTL, Integer.toString(option), option, b, c, d, e, 0);
  }

  public static void unshare(long flags) throws ErrnoException {
    call(Syscall.UNSHARE, "0x" + Long.toHexString(flags), flags);
  }

  /** setns(2) of this thread: CLONE_NEW* of {@link dev.proa.linux.abi.Sched}, 0 for whatever the descriptor is. */
  public static void setns(Fd namespace, long flags) throws ErrnoException {
    call(Syscall.SETNS, namespace + ", 0x" + Long.toHexString(flags), namespace.raw(), flags);
  }

  /**
   * execve(2) of this whole process: every other thread ends, descriptors that are not close-on-exec stay. Returns only by failing.
   *
   * @param environment {@code NAME=VALUE}
   */
  public static void execve(String program, List<String> arguments, List<String> environment) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      call(
          Syscall.EXECVE,
          '"' + program + '"',
          arena.allocateFrom(program).address(),
          pointers(arena, arguments).address(),
          pointers(arena, environment).address());
    }
  }

  private static MemorySegment pointers(Arena arena, List<String> texts) {
    MemorySegment pointers = arena.allocate(JAVA_LONG, texts.size() + 1L); // the last one stays null
    for (int i = 0; i < texts.size(); i++) {
      pointers.setAtIndex(JAVA_LONG, i, arena.allocateFrom(texts.get(i)).address());
    }
    return pointers;
  }

  /** close_range(2) of all descriptors from {@code first} on: CLOSE_RANGE_* of {@link dev.proa.linux.abi.Memory}. */
  public static void closeRange(int first, int flags) throws ErrnoException {
    call(Syscall.CLOSE_RANGE, first + "…, " + flags, first, 0xffffffffL, flags);
  }

  /** A limit; RLIM64_INFINITY of {@link dev.proa.linux.abi.Resource} is none. */
  public record Limit(long soft, long hard) {}

  /** prlimit64(2): the limit as it was. {@code pid} 0 is this process. */
  public static Limit prlimit(int pid, int resource, @Nullable Limit limit) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(32, 8);
      if (limit != null) {
        limits.set(JAVA_LONG, 0, limit.soft());
        limits.set(JAVA_LONG, 8, limit.hard());
      }
      call(Syscall.PRLIMIT64, pid + ", " + resource, pid, resource, limit == null ? 0 : limits.address(), limits.address() + 16);
      return new Limit(limits.get(JAVA_LONG, 16), limits.get(JAVA_LONG, 24));
    }
  }
}
