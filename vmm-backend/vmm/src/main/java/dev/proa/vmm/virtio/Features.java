package dev.proa.vmm.virtio;

/** Feature bits and numbers that all devices share (virtio 1.2, 2.1, 5, 6). */
public final class Features {
  private Features() {}

  public static final long VERSION_1 = 1L << 32;
  public static final long EVENT_IDX = 1L << 29;

  public static final int ID_NET = 1;
  public static final int ID_BLOCK = 2;
  public static final int ID_RNG = 4;
  public static final int ID_VSOCK = 19;
  public static final int ID_FS = 26;
}
