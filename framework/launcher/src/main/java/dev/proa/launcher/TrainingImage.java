package dev.proa.launcher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A root file system of one program, {@code /true}, as a tar: what the training run starts containers from, so that it needs nothing of the host. */
final class TrainingImage {
  static final int BLOCK = 512;

  /** Where the program is loaded (elf(5)): the header and the code in one segment. */
  private static final long ADDRESS = 0x400000;

  private static final int HEADERS = 64 + 56;

  private TrainingImage() {}

  static byte[] tar() {
    byte[] program = program();
    // ustar: one header, the file in whole blocks, two empty blocks
    ByteBuffer tar = ByteBuffer.allocate(4 * BLOCK);
    return tar.put(header("true", '0', "", program.length)).put(program).array();
  }

  /** A context for builds, as a tar. */
  static byte[] context() {
    StringBuilder dockerfile = new StringBuilder("FROM training AS one\nARG A=1\nRUN [\"/true\"]\nFROM training\nCOPY --from=one /true /one\n");
    for (int i = 0; i < 5; i++) {
      dockerfile.append("ENV V").append(i).append("=$V").append(i).append("\nCOPY file /file").append(i).append("\nLABEL l").append(i).append("=1\n");
    }
    dockerfile.append("WORKDIR /work\nRUN [\"/true\"]\nCMD [\"/true\"]\n");
    byte[] text = dockerfile.toString().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer tar = ByteBuffer.allocate(8 * BLOCK);
    tar.put(header("Dockerfile", '0', "", text.length)).put(text).position((1 + (text.length + BLOCK - 1) / BLOCK) * BLOCK);
    return tar.put(header("file", '0', "", 1)).put((byte) 'x').array();
  }

  /** A member's header, root's and executable. */
  static byte[] header(String name, char type, String link, int size) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000755\0");
    put(header, 108, "0000000\0");
    put(header, 116, "0000000\0");
    put(header, 124, "%011o\0".formatted(size));
    put(header, 136, "00000000000\0");
    put(header, 148, "        ");
    put(header, 156, String.valueOf(type));
    put(header, 157, link);
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header;
  }

  /** A static executable that does {@code exit(0)}. */
  private static byte[] program() {
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    byte[] code = arm ? ARM_EXIT : X86_EXIT;
    int size = HEADERS + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) (arm ? 183 : 62)).putInt(1); // ET_EXEC; EM_AARCH64, EM_X86_64
    elf.putLong(ADDRESS + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 0);
    elf.putInt(1).putInt(5).putLong(0).putLong(ADDRESS).putLong(ADDRESS).putLong(size).putLong(size).putLong(0x1000); // PT_LOAD, read and execute
    return elf.put(code).array();
  }

  // xor edi, edi; mov eax, 60; syscall
  private static final byte[] X86_EXIT = {0x31, (byte) 0xff, (byte) 0xb8, 60, 0, 0, 0, 0x0f, 0x05};

  // mov x0, #0; mov x8, #93; svc #0
  private static final byte[] ARM_EXIT = {0, 0, (byte) 0x80, (byte) 0xd2, (byte) 0xa8, 0x0b, (byte) 0x80, (byte) 0xd2, 1, 0, 0, (byte) 0xd4};

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
