package dev.proa.spawn.internal;

import dev.proa.linux.ExitStatus;
import dev.proa.spawn.ProcessExit;
import dev.proa.spawn.ShimProcess;
import dev.proa.spawn.Stdio;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * The protocol between daemon and shim: one SOCK_SEQPACKET packet a message, little-endian, {@code u16 version, u16 type, u32 id}, then the
 * type's fields; strings are u16 length and UTF-8; descriptors go along by SCM_RIGHTS. A request's id comes back in its replies; events have id
 * 0. A shim outlives daemons of other versions: fields are only ever added at the end, and {@link #VERSION} rises when that is not enough.
 */
public final class Wire {
  public static final int VERSION = 1;

  /** Larger packets nobody sends. */
  public static final int MAX_PACKET = 65536;

  /** How many descriptors {@link Type#PARK} takes. */
  public static final int MAX_PARKED = 64;

  private Wire() {}

  /** What a message is. The numbers are part of the protocol. */
  public enum Type {
    HELLO(1),
    SPAWN(2),
    RELEASE(3),
    STREAMS(4),
    CLOSE_STDIN(5),
    PIDFD(6),
    ACKNOWLEDGE(7),
    LIST(8),
    ADOPT(9),
    PARK(10),
    FETCH(11),
    PARKED(12),
    UNPARK(13),
    SHUTDOWN(14),
    /** Become another program in the same process: strings, the program and its arguments. There is an answer only if it cannot. */
    UPGRADE(15),
    /** The last or only packet of an answer. */
    REPLY(100),
    /** A packet of an answer, with others to come. */
    PART(101),
    /** A process is in a new phase: a {@link Snapshot}. */
    PROCESS(102);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    static Type of(int code) throws IOException {
      for (Type type : values()) {
        if (type.code == code) {
          return type;
        }
      }
      throw new IOException("message of unknown type " + code);
    }
  }

  /** How an answer begins: a byte. */
  public enum Status {
    OK,
    /** No process (or no parked descriptors) of that name. */
    UNKNOWN_NAME,
    NAME_IN_USE,
    /** Not in this phase. */
    CONFLICT,
    /** Another daemon has the lease; an u32 with its pid follows. */
    BUSY,
    /** Makes no sense; a string that says why follows. */
    INVALID,
    /** The spawn failed; a {@link Failure} follows. */
    SPAWN_FAILED;

    static Status of(int code) throws IOException {
      if (code < 0 || code >= values().length) {
        throw new IOException("answer with unknown status " + code);
      }
      return values()[code];
    }
  }

  /** Where a slot's descriptor comes from: a byte. */
  public enum Source {
    /** The shim makes it; the name says what it is. */
    SHIM,
    /** It comes along with the request. */
    RECEIVED
  }

  /**
   * Why a process never ran its program.
   *
   * @param kind see {@link FailureKind}
   * @param step of FAILED_STEP
   * @param number an errno, or for ENDED the CLD_* code
   * @param detail of FAILED_STEP, or for ENDED the exit code or signal
   * @param text the state of DEADLINE, the call of CLONE
   */
  public record Failure(FailureKind kind, int step, int number, int detail, String text) {}

  /** Kinds of {@link Failure}. */
  public enum FailureKind {
    NONE,
    STEP,
    ENDED,
    DEADLINE,
    CLONE
  }

  /** Everything there is to say about a process. */
  public record Snapshot(ShimProcess process, Optional<Failure> failure) {}

  /** A message that was received. */
  public static final class In {
    private final ByteBuffer buffer;
    private final Type type;
    private final int id;

    public In(byte[] packet) throws IOException {
      buffer = ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN);
      int version = u16();
      int code = u16();
      if (version != VERSION) {
        throw new IOException("message of protocol version " + version + ", this side speaks " + VERSION);
      }
      type = Type.of(code);
      id = i32();
    }

    public Type type() {
      return type;
    }

    public int id() {
      return id;
    }

    public int u8() throws IOException {
      return room(1).get() & 0xff;
    }

    public int u16() throws IOException {
      return room(2).getShort() & 0xffff;
    }

    public int i32() throws IOException {
      return room(4).getInt();
    }

    public long i64() throws IOException {
      return room(8).getLong();
    }

    public String string() throws IOException {
      int length = u16();
      byte[] bytes = new byte[length];
      room(length).get(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    public Status status() throws IOException {
      return Status.of(u8());
    }

    public Failure failure() throws IOException {
      int kind = u8();
      if (kind >= FailureKind.values().length) {
        throw new IOException("failure of unknown kind " + kind);
      }
      return new Failure(FailureKind.values()[kind], i32(), i32(), i32(), string());
    }

    public Stdio stdio() throws IOException {
      int code = u8();
      if (code >= Stdio.values().length) {
        throw new IOException("unknown stdio " + code);
      }
      return Stdio.values()[code];
    }

    public Snapshot snapshot() throws IOException {
      String name = string();
      int pid = i32();
      int phase = u8();
      if (phase >= ShimProcess.Phase.values().length) {
        throw new IOException("unknown phase " + phase);
      }
      int gate = i32();
      Stdio stdio = stdio();
      Failure failure = failure();
      boolean ended = u8() != 0;
      int code = i32();
      int status = i32();
      long nanos = i64();
      Optional<ExitStatus> exitStatus = code == 0 ? Optional.empty() : Optional.of(new ExitStatus(code, status));
      Optional<ProcessExit> exit =
          ended ? Optional.of(new ProcessExit(name, pid, exitStatus, Instant.ofEpochSecond(0, nanos))) : Optional.empty();
      return new Snapshot(
          new ShimProcess(name, pid, ShimProcess.Phase.values()[phase], gate, stdio, exit),
          failure.kind() == FailureKind.NONE ? Optional.empty() : Optional.of(failure));
    }

    public boolean hasMore() {
      return buffer.hasRemaining();
    }

    private ByteBuffer room(int bytes) throws IOException {
      if (buffer.remaining() < bytes) {
        throw new IOException("message is too short");
      }
      return buffer;
    }
  }

  /** A message that is being written. */
  public static final class Out {
    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    public Out(Type type, int id) {
      u16(VERSION).u16(type.code).i32(id);
    }

    public static Out reply(int id, Status status) {
      return new Out(Type.REPLY, id).u8(status.ordinal());
    }

    public Out u8(int value) {
      room(1).put((byte) value);
      return this;
    }

    public Out u16(int value) {
      room(2).putShort((short) value);
      return this;
    }

    public Out i32(int value) {
      room(4).putInt(value);
      return this;
    }

    public Out i64(long value) {
      room(8).putLong(value);
      return this;
    }

    public Out string(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 4096) {
        throw new IllegalArgumentException("string of " + bytes.length + " bytes in a message");
      }
      u16(bytes.length);
      room(bytes.length).put(bytes);
      return this;
    }

    public Out failure(Failure failure) {
      return u8(failure.kind().ordinal()).i32(failure.step()).i32(failure.number()).i32(failure.detail()).string(failure.text());
    }

    public Out snapshot(Snapshot snapshot) {
      ShimProcess process = snapshot.process();
      string(process.name()).i32(process.pid()).u8(process.phase().ordinal()).i32(process.gate()).u8(process.stdio().ordinal());
      failure(snapshot.failure().orElse(new Failure(FailureKind.NONE, 0, 0, 0, "")));
      Optional<ExitStatus> status = process.exit().flatMap(ProcessExit::status);
      Instant time = process.exit().map(ProcessExit::time).orElse(Instant.EPOCH);
      return u8(process.exit().isPresent() ? 1 : 0)
          .i32(status.map(ExitStatus::code).orElse(0))
          .i32(status.map(ExitStatus::status).orElse(0))
          .i64(time.getEpochSecond() * 1_000_000_000 + time.getNano()); // until the year 2262
    }

    public int size() {
      return buffer.position();
    }

    public byte[] bytes() {
      byte[] bytes = new byte[buffer.position()];
      buffer.get(0, bytes);
      return bytes;
    }

    private ByteBuffer room(int bytes) {
      if (buffer.remaining() < bytes) {
        ByteBuffer larger = ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes)).order(ByteOrder.LITTLE_ENDIAN);
        buffer = larger.put(buffer.flip());
      }
      return buffer;
    }
  }
}
