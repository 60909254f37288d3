package dev.proa.images.internal.push;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Gzip on all cores, one member (RFC 1952), the same bytes for the same input however many cores there are: blocks of one MiB are deflated
 * side by side, each with the 32 KiB before it as its dictionary, and joined by sync flushes (as pigz does it).
 */
final class ParallelGzip extends OutputStream {
  private static final int BLOCK = 1 << 20;
  private static final int WINDOW = 32 << 10;
  private static final int LEVEL = 6;
  /** Magic, method deflate, no flags, no time, no extra flags, system unknown. */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  private final OutputStream out;
  private final int depth = Runtime.getRuntime().availableProcessors() + 1;
  private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
  private final CRC32 crc = new CRC32();
  private byte[] block = new byte[BLOCK];
  private byte[] dictionary = new byte[0];
  private int filled;
  private long size;
  private boolean closed;

  ParallelGzip(OutputStream out) throws IOException {
    this.out = out;
    out.write(HEADER);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    crc.update(bytes, offset, length);
    size += length;
    int at = offset;
    int left = length;
    while (left > 0) {
      if (filled == BLOCK) {
        submit(false);
      }
      int count = Math.min(left, BLOCK - filled);
      System.arraycopy(bytes, at, block, filled, count);
      filled += count;
      at += count;
      left -= count;
    }
  }

  private void submit(boolean last) throws IOException {
    byte[] input = block;
    int length = filled;
    byte[] before = dictionary;
    pending.add(ForkJoinPool.commonPool().submit(() -> deflate(input, length, before, last)));
    dictionary = Arrays.copyOfRange(input, Math.max(0, length - WINDOW), length);
    block = new byte[BLOCK];
    filled = 0;
    while (pending.size() > (last ? 0 : depth)) {
      take();
    }
  }

  private void take() throws IOException {
    try {
      out.write(pending.remove().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("canceled").initCause(e);
    } catch (ExecutionException e) {
      throw new IOException("cannot compress: " + e.getCause(), e);
    }
  }

  private static byte[] deflate(byte[] input, int length, byte[] dictionary, boolean last) {
    Deflater deflater = new Deflater(LEVEL, true);
    try {
      if (dictionary.length > 0) {
        deflater.setDictionary(dictionary);
      }
      deflater.setInput(input, 0, length);
      if (last) {
        deflater.finish();
      }
      byte[] output = new byte[length / 2 + 1024];
      int used = 0;
      while (true) {
        int room = output.length - used;
        int count = deflater.deflate(output, used, room, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
        used += count;
        if (last ? deflater.finished() : count < room) {
          return Arrays.copyOf(output, used);
        }
        output = Arrays.copyOf(output, output.length * 2);
      }
    } finally {
      deflater.end();
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      submit(true);
      byte[] trailer = new byte[8];
      for (int i = 0; i < 4; i++) {
        trailer[i] = (byte) (crc.getValue() >>> 8 * i);
        trailer[4 + i] = (byte) (size >>> 8 * i);
      }
      out.write(trailer);
    } finally {
      pending.forEach(task -> task.cancel(true));
      out.close();
    }
  }
}
