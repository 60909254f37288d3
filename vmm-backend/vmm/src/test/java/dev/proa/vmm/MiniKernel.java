package dev.proa.vmm;

import dev.proa.linux.Fd;
import dev.proa.linux.Io;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** An ELF kernel of a few instructions in 32-bit protected mode, entered by PVH: runs on any KVM. */
final class MiniKernel {
  private static final long ADDRESS = 0x100000;
  private static final int NOTE = 0x200;
  private static final int CODE = 0x1000;

  /** mov dx,0x610; mov al,7; out dx,al: pokes the boot timer. */
  static final String POKE = "66ba1006 b007 ee ";

  /** Prints "hi\n" to the serial port. */
  static final String HI = "66baf803 b068 ee b069 ee b00a ee ";

  /** Writes S5 to the sleep control register, and waits for what comes. */
  static final String POWER_OFF = "66ba0006 b034 ee f4 ebfd ";

  /** Reads the serial port's line status for ever: an exit each time. */
  static final String SPIN = "66bafd03 ec ebfd ";

  private MiniKernel() {}

  static Fd of(String code) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
    ByteBuffer b = ByteBuffer.allocate(CODE + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
    b.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1).putLong(24, 0);
    b.putLong(32, 64).putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 2);
    programHeader(b, 64, 1, CODE, ADDRESS, bytes.length);
    programHeader(b, 120, 4, NOTE, 0, 24);
    b.putInt(NOTE, 4).putInt(NOTE + 4, 8).putInt(NOTE + 8, 18).putInt(NOTE + 12, 0x006e6558).putLong(NOTE + 16, ADDRESS);
    b.put(CODE, bytes);
    Fd file = Io.memfdCreate("kernel", 0);
    Io.writeFully(file, b.array());
    return file;
  }

  private static void programHeader(ByteBuffer b, int at, int type, long offset, long address, long size) {
    b.putInt(at, type).putLong(at + 8, offset).putLong(at + 24, address).putLong(at + 32, size).putLong(at + 40, size);
  }
}
