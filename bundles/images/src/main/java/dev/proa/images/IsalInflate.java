package dev.proa.images;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEFLATE by Intel's ISA-L ({@code libisal.so.2}, Debian package libisal2), which takes about half the time of zlib. Used where it is on the host and
 * passes {@link #selfTest}; {@code -Dproa.inflate=jdk} keeps to the JDK.
 *
 * <p>The layout of struct inflate_state (igzip_lib.h) is not promised: the first 40 bytes have been the same in all versions with this soname, what is
 * further back depends on table sizes. The self-test reads every field that is used here at its offset, over streams whose results are known.
 */
final class IsalInflate implements RawInflate {
  private static final Logger LOG = LoggerFactory.getLogger(IsalInflate.class);

  /** Room for any version's struct: 2.30 has about 85 KiB, two thirds of them a window. */
  private static final int STATE_BYTES = 512 << 10;

  private static final int INPUT = 128 << 10;
  private static final int OUTPUT = 256 << 10;

  private static final long NEXT_OUT = 0;
  private static final long AVAIL_OUT = 8;
  private static final long NEXT_IN = 16;
  private static final long AVAIL_IN = 32;

  /** Bits that were taken from the input and not used yet. */
  private static final long READ_IN_LENGTH = 36;

  /** Behind the tables: 4096 × 4 and 1264 × 2 bytes for literals, 1024 × 2 and 80 × 2 for distances. */
  private static final long BLOCK_STATE = 40 + 4096 * 4 + 1264 * 2 + 1024 * 2 + 80 * 2;

  private static final int ISAL_BLOCK_FINISH = 5;
  private static final int ISAL_OUT_OVERFLOW = 2; // more would come; what is smaller and no error is success

  /** The library, looked for once. */
  private static final class Library {
    static final @Nullable Library FOUND = find();

    final MethodHandle init;
    final MethodHandle inflate;

    private Library(SymbolLookup symbols) {
      Linker linker = Linker.nativeLinker();
      this.init = linker.downcallHandle(symbols.findOrThrow("isal_inflate_init"), FunctionDescriptor.ofVoid(ADDRESS));
      this.inflate = linker.downcallHandle(symbols.findOrThrow("isal_inflate"), FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    private static @Nullable Library find() {
      if (System.getProperty("proa.inflate", "").equals("jdk")) {
        return null;
      }
      try {
        Library library = new Library(SymbolLookup.libraryLookup("libisal.so.2", Arena.global()));
        selfTest(library);
        LOG.debug("gzip layers are inflated by libisal.so.2");
        return library;
      } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
        return null; // not on this host
      } catch (DataFormatException | RuntimeException e) {
        LOG.info("libisal.so.2 is not used, gzip layers are inflated by the JDK: {}", e.getMessage());
        return null;
      }
    }
  }

  private final Library library;
  private final Arena arena = Arena.ofShared(); // inflated on one thread, closed by another
  private final MemorySegment state = arena.allocate(STATE_BYTES, 64); // zeros
  private final MemorySegment input = arena.allocate(INPUT, 64);
  private final MemorySegment output = arena.allocate(OUTPUT, 64);

  /** What of the array was not copied yet. */
  private byte[] source = {};

  private int from;
  private int until;
  private boolean finished;

  /** Whether the last call may have stopped for want of room only. */
  private boolean moreOutput;

  private IsalInflate(Library library) {
    this.library = library;
    reset();
  }

  static @Nullable RawInflate orNull() {
    Library found = Library.FOUND;
    return found == null ? null : new IsalInflate(found);
  }

  @Override
  public void reset() {
    call(library.init); // sets every field that matters; a stream may have millions of members, and the rest is half a megabyte
    source = new byte[0];
    from = 0;
    until = 0;
    finished = false;
    moreOutput = false;
  }

  @Override
  public void input(byte[] bytes, int offset, int length) {
    source = bytes;
    from = offset;
    until = offset + length;
  }

  @Override
  public int inflate(byte[] target, int offset, int length) throws DataFormatException {
    int wanted = Math.min(length, OUTPUT);
    while (!finished && wanted > 0) {
      feed();
      if (state.get(JAVA_INT, AVAIL_IN) == 0 && !moreOutput) {
        return 0;
      }
      state.set(ADDRESS, NEXT_OUT, output);
      state.set(JAVA_INT, AVAIL_OUT, wanted);
      int result = call(library.inflate);
      int left = state.get(JAVA_INT, AVAIL_OUT);
      if (left < 0 || left > wanted) {
        throw new IllegalStateException("ISA-L says that " + left + " of " + wanted + " bytes are left");
      }
      if (result < 0 || result > ISAL_OUT_OVERFLOW) {
        throw new DataFormatException("ISA-L's inflate: " + result);
      }
      finished = state.get(JAVA_INT, BLOCK_STATE) == ISAL_BLOCK_FINISH;
      moreOutput = left == 0;
      int count = wanted - left;
      if (count > 0) {
        MemorySegment.copy(output, JAVA_BYTE, 0, target, offset, count);
        return count;
      }
    }
    return 0;
  }

  /** Gives the library more of the input when it has none. */
  private void feed() {
    if (state.get(JAVA_INT, AVAIL_IN) == 0 && from < until) {
      int n = Math.min(until - from, INPUT);
      MemorySegment.copy(source, from, input, JAVA_BYTE, 0, n);
      from += n;
      state.set(ADDRESS, NEXT_IN, input);
      state.set(JAVA_INT, AVAIL_IN, n);
    }
  }

  private int call(MethodHandle function) {
    try {
      if (function == library.init) {
        function.invokeExact(state);
        return 0;
      }
      return (int) function.invokeExact(state);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // a downcall throws no checked exception
    }
  }

  @Override
  public boolean needsInput() {
    return !finished && from == until && state.get(JAVA_INT, AVAIL_IN) == 0 && !moreOutput;
  }

  @Override
  public boolean finished() {
    return finished;
  }

  @Override
  public int remaining() {
    return until - from + state.get(JAVA_INT, AVAIL_IN) + state.get(JAVA_INT, READ_IN_LENGTH) / 8;
  }

  @Override
  public void close() {
    arena.close();
  }

  /** Inflates what the JDK has deflated, in odd pieces, with bytes behind it, and with damage in it. */
  private static void selfTest(Library library) throws DataFormatException {
    Random random = new Random(5);
    byte[] plain = new byte[72_000];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = i < 12_000 ? (byte) random.nextInt() : i < 60_000 ? (byte) "abcabdacb".charAt(random.nextInt(9)) : (byte) (i / 2000);
    }
    try (IsalInflate inflate = new IsalInflate(library)) {
      for (int level : new int[] {0, 1, 6}) {
        byte[] deflated = deflated(plain, level);
        verify(inflate, plain, deflated, 1 << 20);
        verify(inflate, plain, deflated, 1021);
      }
      byte[] start = Arrays.copyOfRange(plain, 11_000, 14_000);
      verify(inflate, start, deflated(start, 6), 7); // few: the code is cold, and a pull waits for it
      verify(inflate, new byte[0], deflated(new byte[0], 6), 1);
      require(damageIsSeen(inflate, 0x07, 0, 0), "takes a block of the type that there is not");
      require(damageIsSeen(inflate, 0x03, 0x02, 0), "copies from before the start of the data"); // a fixed block: length 3, distance 1
    }
  }

  private static byte[] deflated(byte[] plain, int level) {
    Deflater deflater = new Deflater(level, true);
    deflater.setInput(plain);
    deflater.finish();
    byte[] deflated = new byte[plain.length + 1000];
    int length = deflater.deflate(deflated);
    deflater.end();
    return Arrays.copyOf(deflated, length);
  }

  private static void verify(IsalInflate inflate, byte[] plain, byte[] deflated, int piece) throws DataFormatException {
    int behind = 13;
    byte[] stream = Arrays.copyOf(deflated, deflated.length + behind);
    byte[] result = new byte[plain.length];
    byte[] room = new byte[plain.length + 1];
    inflate.reset();
    int given = 0;
    int done = 0;
    while (!inflate.finished()) {
      if (inflate.needsInput()) {
        require(given < stream.length, "does not end");
        int n = Math.min(piece, stream.length - given);
        inflate.input(stream, given, n);
        given += n;
      }
      int n = inflate.inflate(room, 0, Math.min(room.length, piece));
      require(n <= result.length - done, "gives more than there is");
      System.arraycopy(room, 0, result, done, n);
      done += n;
    }
    require(done == plain.length && Arrays.equals(result, plain), "gives something else than the JDK");
    require(stream.length - given + inflate.remaining() == behind, "does not tell what is behind the end");
  }

  private static boolean damageIsSeen(IsalInflate inflate, int... stream) {
    byte[] damaged = new byte[stream.length];
    for (int i = 0; i < damaged.length; i++) {
      damaged[i] = (byte) stream[i];
    }
    inflate.reset();
    inflate.input(damaged, 0, damaged.length);
    try {
      inflate.inflate(new byte[100], 0, 100);
      return false;
    } catch (DataFormatException e) {
      return true;
    }
  }

  private static void require(boolean condition, String otherwise) throws DataFormatException {
    if (!condition) {
      throw new DataFormatException("in the self-test it " + otherwise);
    }
  }
}
