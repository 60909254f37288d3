package dev.proa.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.proa.linux.abi.Syscall;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The one door to the kernel: {@code syscall(2)} with six arguments. libc's own wrappers are not used because some of them do more than the
 * call (set*id touches every thread, others are missing from older libcs), and because one door can capture errno in one place: a second
 * downcall would find it clobbered by the JVM.
 */
final class Kernel {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemorySegment SYSCALL =
      LINKER.defaultLookup().find("syscall").orElseThrow(() -> new UnsatisfiedLinkError("the C library has no syscall(2)"));
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final long CAPTURE_SIZE = Linker.Option.captureStateLayout().byteSize();
  private static final MethodHandle NUMBERS = handle(JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FIRST_POINTER = handle(ADDRESS, JAVA_LONG);
  private static final MethodHandle SECOND_POINTER = handle(JAVA_LONG, ADDRESS);

  private Kernel() {}

  private static MethodHandle handle(MemoryLayout first, MemoryLayout second) {
    return LINKER.downcallHandle(
        SYSCALL,
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, first, second, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.firstVariadicArg(1),
        Linker.Option.captureCallState("errno"));
  }

  /** The result, or the negative errno. SAFETY: addresses among the numbers must stay alive until this returns. */
  static long raw(Syscall call, long a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = arena.allocate(CAPTURE_SIZE, 8);
      long result = (long) NUMBERS.invokeExact(capture, (long) number(call), a, b, c, d, e, f);
      return result == -1 ? -(int) ERRNO.get(capture, 0L) : result;
    } catch (RuntimeException | Error e1) {
      throw e1;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** As {@link #raw}, with the caller's memory as the second argument: the segment is kept alive and checked by the runtime. */
  static long raw(Syscall call, long a, MemorySegment b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = arena.allocate(CAPTURE_SIZE, 8);
      long result = (long) SECOND_POINTER.invokeExact(capture, (long) number(call), a, b, c, d, e, f);
      return result == -1 ? -(int) ERRNO.get(capture, 0L) : result;
    } catch (RuntimeException | Error e1) {
      throw e1;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** As {@link #raw}, with the caller's memory as the first argument. */
  static long raw(Syscall call, MemorySegment a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = arena.allocate(CAPTURE_SIZE, 8);
      long result = (long) FIRST_POINTER.invokeExact(capture, (long) number(call), a, b, c, d, e, f);
      return result == -1 ? -(int) ERRNO.get(capture, 0L) : result;
    } catch (RuntimeException | Error e1) {
      throw e1;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  static long call(Syscall call, @Nullable String argument, long a, long b, long c, long d, long e, long f) throws ErrnoException {
    return checked(call, argument, raw(call, a, b, c, d, e, f));
  }

  static long call(Syscall call, @Nullable String argument, long a, long b, long c, long d) throws ErrnoException {
    return checked(call, argument, raw(call, a, b, c, d, 0L, 0L));
  }

  static long call(Syscall call, @Nullable String argument, long a, long b, long c) throws ErrnoException {
    return checked(call, argument, raw(call, a, b, c, 0L, 0L, 0L));
  }

  static long call(Syscall call, @Nullable String argument, long a, long b) throws ErrnoException {
    return checked(call, argument, raw(call, a, b, 0L, 0L, 0L, 0L));
  }

  static long call(Syscall call, @Nullable String argument, long a) throws ErrnoException {
    return checked(call, argument, raw(call, a, 0L, 0L, 0L, 0L, 0L));
  }

  static long checked(Syscall call, @Nullable String argument, long result) throws ErrnoException {
    if (result < 0 && result >= -4095) {
      throw new ErrnoException(call.kernelName(), (int) -result, argument);
    }
    return result;
  }

  /** {@code path} as a C string; ENOENT-like surprises by an embedded NUL are refused as EINVAL. */
  static MemorySegment path(SegmentAllocator allocator, Syscall call, String path) throws ErrnoException {
    byte[] bytes = FileName.encode(path);
    for (byte b : bytes) {
      if (b == 0) {
        throw new ErrnoException(call.kernelName(), Errno.EINVAL, quoted(path.replace('\0', '?')) + ": holds a NUL");
      }
    }
    MemorySegment segment = allocator.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
    segment.set(java.lang.foreign.ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return segment;
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }

  private static int number(Syscall call) {
    int number = call.number();
    if (number < 0) {
      throw new UnsupportedOperationException("this architecture has no " + call);
    }
    return number;
  }

  /** So that layouts of this package agree about what a pointer is. */
  static AddressLayout pointer() {
    return ADDRESS;
  }

  static int int32(MemorySegment segment, long offset) {
    return segment.get(JAVA_INT, offset);
  }
}
