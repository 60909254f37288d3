package dev.proa.microvm.agent;

/** Numbers of the protocol, as src/main/c/protocol.h has them. */
final class Frame {
  static final int VERSION = 1;
  static final int MAGIC = 0x414f5250;
  static final int HEADER = 8;
  static final int MAX = 64 << 10;

  static final int RUN = 1;
  static final int IMAGE = 2;
  static final int GO = 3;
  static final int STDIN = 4;
  static final int STDIN_END = 5;
  static final int HELLO = 16;
  static final int STATUS = 17;
  static final int STDOUT = 18;
  static final int STDERR = 19;
  static final int EXIT = 20;

  static final int SIGNAL = 32;
  static final int RESIZE = 33;
  static final int RELEASE = 34;
  static final int AWAIT = 35;
  static final int LIST = 36;
  static final int PROCESSES = 37;
  static final int WRITE_FILE = 38;
  static final int READ_FILE = 39;
  static final int MOUNT = 40;
  static final int NETLINK = 41;
  static final int REFRESH = 42;
  static final int POWER_OFF = 43;
  static final int MAKE_FOLDER = 44;
  static final int RESOLVER = 45;
  static final int REPLY = 64;

  static final int RUN_MAIN = 1;
  static final int RUN_TTY = 2;
  static final int RUN_STDIN = 4;

  private Frame() {}
}
