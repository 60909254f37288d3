package dev.proa.images.internal.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {
  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static InputStream failing(Exception failure) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        if (failure instanceof IOException io) {
          throw io;
        }
        throw (RuntimeException) failure;
      }
    };
  }

  @Test
  void allBytesComeInOrder() throws IOException {
    for (int size : new int[] {0, 1, 4095, 256 << 10, (256 << 10) + 1, 5_000_000}) {
      byte[] content = noise(size);
      try (ReadAhead in = new ReadAhead(new ByteArrayInputStream(content))) {
        assertThat(in.readAllBytes()).isEqualTo(content);
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void aFailureComesInItsPlaceAndStays() throws IOException {
    for (Exception failure : new Exception[] {new IOException("the disk"), new IllegalStateException("the code")}) {
      try (ReadAhead in = new ReadAhead(new SequenceInputStream(new ByteArrayInputStream(noise(256 << 10)), failing(failure)))) {
        assertThat(in.readNBytes(256 << 10)).hasSize(256 << 10);
        assertThatThrownBy(in::read).isSameAs(failure);
        assertThatThrownBy(in::read).isSameAs(failure);
      }
    }
  }

  @Test
  void onlyALittleIsReadAhead() throws Exception {
    AtomicLong read = new AtomicLong();
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            read.incrementAndGet();
            return 7;
          }

          @Override
          public int read(byte[] target, int offset, int length) {
            read.addAndGet(length);
            java.util.Arrays.fill(target, offset, offset + length, (byte) 7);
            return length;
          }
        };
    try (ReadAhead in = new ReadAhead(endless)) {
      assertThat(in.read()).isEqualTo(7);
    }
    assertThat(read).hasValueLessThanOrEqualTo(8 * (256L << 10));
  }

  @Test
  void closingEndsAReadThatWaits() throws IOException {
    try (PipedOutputStream never = new PipedOutputStream();
        PipedInputStream source = new PipedInputStream(never)) {
      new ReadAhead(source).close();
      assertThatThrownBy(() -> never.write(1)).isInstanceOf(IOException.class);
    }
  }
}
