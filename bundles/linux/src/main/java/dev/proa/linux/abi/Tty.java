package dev.proa.linux.abi;

/** Constants of asm-generic/ioctls.h and asm-generic/termbits.h. */
public final class Tty {

  private Tty() {}

  public static final int TCGETS = 0x5401;
  public static final int TCSETS = 0x5402;
  public static final int TIOCSCTTY = 0x540e;
  public static final int TIOCNOTTY = 0x5422;
  public static final int TIOCGWINSZ = 0x5413;
  public static final int TIOCSWINSZ = 0x5414;
  public static final int TIOCSPTLCK = 0x40045431;
  public static final int TIOCGPTN = 0x80045430;
  public static final int TIOCGPTPEER = 0x5441;
  public static final int TIOCGPGRP = 0x540f;
  public static final int TIOCSPGRP = 0x5410;
  public static final int TIOCOUTQ = 0x5411;
  public static final int FIONREAD = 0x541b;
  public static final int ICANON = 2;
  public static final int ECHO = 8;
  public static final int ISIG = 1;
  public static final int OPOST = 1;
  public static final int ONLCR = 4;
}
