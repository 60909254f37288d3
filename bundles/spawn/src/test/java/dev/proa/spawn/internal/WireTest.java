package dev.proa.spawn.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proa.linux.ExitStatus;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.StatusRecord;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.internal.Wire.Failure;
import dev.proa.spawn.internal.Wire.FailureKind;
import dev.proa.spawn.internal.Wire.Out;
import dev.proa.spawn.internal.Wire.Snapshot;
import dev.proa.spawn.internal.Wire.Type;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final Snapshot SNAPSHOT =
      new Snapshot(
          new ShimProcess(
              "größe/1",
              4711,
              ShimProcess.Phase.EXITED,
              -1,
              Stdio.PIPES,
              Optional.of(new ProcessExit("größe/1", 4711, Optional.of(new ExitStatus(1, 7)), Instant.ofEpochSecond(1_700_000_000, 123_456_789)))),
          Optional.of(new Failure(FailureKind.DEADLINE, 3, 4, 5, "T (stopped)")));

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Wire.In in = new Wire.In(new Out(Type.PROCESS, 42).snapshot(SNAPSHOT).u8(200).u16(60_000).i32(-5).i64(Long.MIN_VALUE).string("").bytes());
    assertThat(in.type()).isEqualTo(Type.PROCESS);
    assertThat(in.id()).isEqualTo(42);
    assertThat(in.snapshot()).isEqualTo(SNAPSHOT);
    assertThat(in.u8()).isEqualTo(200);
    assertThat(in.u16()).isEqualTo(60_000);
    assertThat(in.i32()).isEqualTo(-5);
    assertThat(in.i64()).isEqualTo(Long.MIN_VALUE);
    assertThat(in.string()).isEmpty();
    assertThat(in.hasMore()).isFalse();
  }

  @Test
  void aMessageThatEndsEarlyIsRefusedWhereverItEnds() {
    byte[] whole = new Out(Type.PROCESS, 1).snapshot(SNAPSHOT).bytes();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> new Wire.In(part).snapshot()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void rubbishIsRefusedAndNeverAnythingElse() {
    Random random = new Random(11);
    byte[] whole = new Out(Type.PROCESS, 1).snapshot(SNAPSHOT).bytes();
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = whole.clone();
      for (int changes = random.nextInt(4) + 1; changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        new Wire.In(bytes).snapshot();
      } catch (IOException expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
  }

  @Test
  void anotherVersionIsNamed() {
    byte[] bytes = new Out(Type.HELLO, 1).bytes();
    bytes[0] = 9;
    assertThatThrownBy(() -> new Wire.In(bytes)).isInstanceOf(IOException.class).hasMessage("message of protocol version 9, this side speaks 1");
  }

  @Test
  void statusRecordsAreReadAndUnknownOnesSkipped() {
    for (StatusRecord.Kind kind : List.of(StatusRecord.Kind.values())) {
      StatusRecord status = new StatusRecord(kind, 17, -1, 3);
      assertThat(StatusRecord.decode(status.encode(), 0)).contains(status);
    }
    assertThat(StatusRecord.decode(new byte[StatusRecord.SIZE], 0)).isEmpty();
  }
}
