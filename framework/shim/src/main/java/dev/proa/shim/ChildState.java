package dev.proa.shim;

import dev.proa.linux.ExitStatus;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimProcess.Phase;
import dev.proa.spawn.Stdio;
import dev.proa.spawn.internal.Wire.Failure;
import dev.proa.spawn.internal.Wire.FailureKind;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.Stream.Builder;
import org.jspecify.annotations.Nullable;

/**
 * All that a {@link Child} is, for the shim that takes this one's place in the same process: descriptors keep their numbers, processes stay children.
 *
 * @param pidfd number, −1 for none; the same as {@code intermediate} while the process that counts is not cloned yet
 * @param intermediate of the process that clones the one that counts, −1 for none
 * @param deadlineLeftNanos −1 when none runs
 */
record ChildState(
    String name,
    Stdio stdio,
    long deadlineNanos,
    int pid,
    int intermediatePid,
    int pidfd,
    int intermediate,
    Map<Kept.Slot, Integer> ends,
    Phase phase,
    Flags flags,
    int waitsAt,
    int releases,
    @Nullable Failure failure,
    @Nullable ProcessExit exit,
    long deadlineLeftNanos) {

  /** What is yes or no. */
  record Flags(boolean adopted, boolean awaitsPid, boolean ready, boolean statusEnded, boolean ended, boolean forgotten) {}

  /** Every descriptor in it. */
  Stream<Integer> descriptors() {
    Builder<Integer> all = Stream.builder();
    ends.values().forEach(all);
    return all.add(pidfd).add(intermediate).build().filter(fd -> fd >= 0).distinct();
  }

  void write(DataOutputStream out) throws IOException {
    out.writeUTF(name);
    out.writeByte(stdio.ordinal());
    out.writeLong(deadlineNanos);
    out.writeInt(pid);
    out.writeInt(intermediatePid);
    out.writeInt(pidfd);
    out.writeInt(intermediate);
    out.writeByte(ends.size());
    for (Map.Entry<Kept.Slot, Integer> end : ends.entrySet()) {
      out.writeByte(end.getKey().ordinal());
      out.writeInt(end.getValue());
    }
    out.writeByte(phase.ordinal());
    out.writeBoolean(flags.adopted);
    out.writeBoolean(flags.awaitsPid);
    out.writeBoolean(flags.ready);
    out.writeBoolean(flags.statusEnded);
    out.writeBoolean(flags.ended);
    out.writeBoolean(flags.forgotten);
    out.writeInt(waitsAt);
    out.writeInt(releases);
    write(out, failure);
    write(out, exit);
    out.writeLong(deadlineLeftNanos);
  }

  private static void write(DataOutputStream out, @Nullable Failure failure) throws IOException {
    out.writeByte((failure == null ? FailureKind.NONE : failure.kind()).ordinal());
    if (failure != null) {
      out.writeInt(failure.step());
      out.writeInt(failure.number());
      out.writeInt(failure.detail());
      out.writeUTF(failure.text());
    }
  }

  private static void write(DataOutputStream out, @Nullable ProcessExit exit) throws IOException {
    out.writeBoolean(exit != null);
    if (exit != null) {
      out.writeInt(exit.pid());
      out.writeInt(exit.status().map(ExitStatus::code).orElse(0));
      out.writeInt(exit.status().map(ExitStatus::status).orElse(0));
      out.writeLong(exit.time().getEpochSecond());
      out.writeInt(exit.time().getNano());
    }
  }

  static ChildState read(DataInputStream in) throws IOException {
    String name = in.readUTF();
    Stdio stdio = Stdio.values()[in.readUnsignedByte()];
    long deadlineNanos = in.readLong();
    int pid = in.readInt();
    int intermediatePid = in.readInt();
    int pidfd = in.readInt();
    int intermediate = in.readInt();
    Map<Kept.Slot, Integer> ends = new EnumMap<>(Kept.Slot.class);
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      ends.put(Kept.Slot.values()[in.readUnsignedByte()], in.readInt());
    }
    Phase phase = Phase.values()[in.readUnsignedByte()];
    Flags flags = new Flags(in.readBoolean(), in.readBoolean(), in.readBoolean(), in.readBoolean(), in.readBoolean(), in.readBoolean());
    return new ChildState(
        name, stdio, deadlineNanos, pid, intermediatePid, pidfd, intermediate, ends, phase, flags, in.readInt(), in.readInt(), readFailure(in),
        readExit(in, name), in.readLong());
  }

  private static @Nullable Failure readFailure(DataInputStream in) throws IOException {
    FailureKind kind = FailureKind.values()[in.readUnsignedByte()];
    return kind == FailureKind.NONE ? null : new Failure(kind, in.readInt(), in.readInt(), in.readInt(), in.readUTF());
  }

  private static @Nullable ProcessExit readExit(DataInputStream in, String name) throws IOException {
    if (!in.readBoolean()) {
      return null;
    }
    int pid = in.readInt();
    int code = in.readInt();
    int status = in.readInt();
    Instant time = Instant.ofEpochSecond(in.readLong(), in.readInt());
    return new ProcessExit(name, pid, code == 0 ? Optional.empty() : Optional.of(new ExitStatus(code, status)), time);
  }
}
