package dev.proa.shim;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.FaultPoints;
import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import dev.proa.linux.Processes;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Memory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a shim gives to the one that takes its place by an execve of the same process: it keeps its pid, so its children stay its children, and
 * descriptors keep their numbers. The numbers and what is known of each child are written into a memfd, whose number is the new program's last argument.
 *
 * <p>The form, big-endian: {@code u32 magic, u16 version, i32 lock, i32 listening socket, u16 count of parked names, each: name, u8 count, i32…; u32 count
 * of children, each: u32 length and a} {@link ChildState}. A later version may add fields behind those of a child, and must read what earlier ones wrote.
 *
 * @param parked descriptors by name
 */
record Handover(int lock, int listening, Map<String, List<Integer>> parked, List<ChildState> children) {
  private static final int MAGIC = 0x50524f41;
  private static final int VERSION = 1;
  private static final int FD_CLOEXEC = 1;

  /** Becomes the program {@code command}; returns only by failing, and then everything is as before. */
  void become(List<String> command) throws ErrnoException {
    List<Integer> kept = descriptors();
    try (Fd state = Io.memfdCreate("proa-shim-handover", Memory.MFD_CLOEXEC)) {
      Io.writeFully(state, bytes());
      Io.lseek(state, 0, 0);
      kept.add(state.raw());
      List<String> arguments = new ArrayList<>(command);
      arguments.add(Integer.toString(state.raw()));
      FaultPoints.reach("handover.written");
      Processes.closeRange(3, Memory.CLOSE_RANGE_CLOEXEC); // whatever the JVM has open is its own
      try {
        closeOnExec(kept, false);
        Processes.execve(command.getFirst(), arguments, List.of());
      } catch (ErrnoException e) {
        closeOnExec(kept, true);
        throw e;
      }
    }
  }

  private static void closeOnExec(List<Integer> descriptors, boolean close) throws ErrnoException {
    for (int number : descriptors) {
      Io.fcntl(Fd.borrowed(number), Fcntl.F_SETFD, close ? FD_CLOEXEC : 0);
    }
  }

  private List<Integer> descriptors() {
    List<Integer> all = new ArrayList<>(List.of(lock, listening));
    parked.values().forEach(all::addAll);
    children.forEach(child -> child.descriptors().forEach(all::add));
    return all;
  }

  private byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeShort(VERSION);
      out.writeInt(lock);
      out.writeInt(listening);
      out.writeShort(parked.size());
      for (Map.Entry<String, List<Integer>> each : parked.entrySet()) {
        out.writeUTF(each.getKey());
        out.writeByte(each.getValue().size());
        for (int number : each.getValue()) {
          out.writeInt(number);
        }
      }
      out.writeInt(children.size());
      for (ChildState child : children) {
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        child.write(new DataOutputStream(one));
        out.writeInt(one.size());
        one.writeTo(out);
      }
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** What the program before this one left; its descriptors are close-on-exec again. */
  static Handover take(int stateNumber) throws IOException {
    try (Fd state = Fd.owning(stateNumber)) {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(readAll(state)));
      if (in.readInt() != MAGIC) {
        throw new IOException("descriptor " + stateNumber + " holds no state of a shim");
      }
      int version = in.readUnsignedShort();
      if (version > VERSION) {
        throw new IOException("the state of a newer shim: version " + version + ", this one knows " + VERSION);
      }
      int lock = in.readInt();
      int listening = in.readInt();
      Map<String, List<Integer>> parked = new LinkedHashMap<>();
      for (int left = in.readUnsignedShort(); left > 0; left--) {
        String name = in.readUTF();
        List<Integer> numbers = new ArrayList<>();
        for (int more = in.readUnsignedByte(); more > 0; more--) {
          numbers.add(in.readInt());
        }
        parked.put(name, numbers);
      }
      List<ChildState> children = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        byte[] one = in.readNBytes(in.readInt());
        children.add(ChildState.read(new DataInputStream(new ByteArrayInputStream(one))));
      }
      Handover handover = new Handover(lock, listening, parked, children);
      closeOnExec(handover.descriptors(), true);
      return handover;
    }
  }

  private static byte[] readAll(Fd state) throws ErrnoException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[65536];
    for (int n = Io.read(state, buffer, 0, buffer.length); n > 0; n = Io.read(state, buffer, 0, buffer.length)) {
      all.write(buffer, 0, n);
    }
    return all.toByteArray();
  }
}
