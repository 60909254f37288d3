package dev.proa.images;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes DEFLATE (RFC 1951), one stream after the other. For one thread at a time. */
interface RawInflate extends AutoCloseable {

  /** The fastest there is on this host that gives the right results. */
  static RawInflate best() {
    RawInflate isal = IsalInflate.orNull();
    return isal != null ? isal : new Jdk();
  }

  /** Forgets everything: a new stream starts. */
  void reset();

  /** More of the stream; only when {@link #needsInput}. The array is not read after the next call but {@link #inflate} or {@link #remaining}. */
  void input(byte[] bytes, int offset, int length);

  /**
   * @return how much was written; 0 if there is none without more input, or at the end
   * @throws DataFormatException if the stream is damaged
   */
  int inflate(byte[] target, int offset, int length) throws DataFormatException;

  boolean needsInput();

  /** Whether the stream has ended. */
  boolean finished();

  /** Bytes of the last input that come after the end of the stream. */
  int remaining();

  @Override
  void close();

  /** The JDK's own, over the zlib that it brings along. */
  final class Jdk implements RawInflate {
    private final Inflater inflater = new Inflater(true);

    @Override
    public void reset() {
      inflater.reset();
    }

    @Override
    public void input(byte[] bytes, int offset, int length) {
      inflater.setInput(bytes, offset, length);
    }

    @Override
    public int inflate(byte[] target, int offset, int length) throws DataFormatException {
      int count = inflater.inflate(target, offset, length);
      if (count == 0 && inflater.needsDictionary()) {
        throw new DataFormatException("it wants a dictionary");
      }
      return count;
    }

    @Override
    public boolean needsInput() {
      return inflater.needsInput();
    }

    @Override
    public boolean finished() {
      return inflater.finished();
    }

    @Override
    public int remaining() {
      return inflater.getRemaining();
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
