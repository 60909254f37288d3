package dev.proa.lifecycle.internal.create;

/** Namespace modes: {@code host}, {@code container:X} and the like. */
public final class Modes {
  public static final String CONTAINER = "container:";
  public static final String HOST = "host";
  public static final String NONE = "none";
  public static final String BRIDGE = "bridge";

  private Modes() {}

  public static boolean isContainer(String mode) {
    return mode.startsWith(CONTAINER);
  }

  public static String containerOf(String mode) {
    return mode.substring(CONTAINER.length());
  }
}
