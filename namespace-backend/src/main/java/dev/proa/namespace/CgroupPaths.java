package dev.proa.namespace;

import dev.proa.spi.ProaException;

/** The forms of {@code linux.cgroupsPath} (config-linux.md "Cgroups Path"). */
public final class CgroupPaths {
  private CgroupPaths() {}

  /**
   * The path below every hierarchy's mount point.
   *
   * @param parent for paths that are relative, and for none
   */
  public static String of(@org.jspecify.annotations.Nullable String path, String parent, String id) {
    if (path == null || path.isEmpty()) {
      return parent + "/" + id;
    }
    String[] parts = path.split(":", -1);
    if (parts.length == 3 && !path.startsWith("/")) {
      return systemd(parts[0], parts[1], parts[2]);
    }
    return path.startsWith("/") ? path : parent + "/" + path;
  }

  /** {@code SLICE:PREFIX:NAME}, at the place where systemd would put the scope. */
  private static String systemd(String slice, String prefix, String name) {
    if (name.isEmpty() || name.contains("/") || prefix.contains("/")) {
      throw ProaException.invalid("linux.cgroupsPath: \"" + slice + ":" + prefix + ":" + name + "\" is not SLICE:PREFIX:NAME");
    }
    String unit = name.endsWith(".slice") ? name : (prefix.isEmpty() ? "" : prefix + "-") + name + ".scope";
    return expanded(slice.isEmpty() ? "system.slice" : slice) + "/" + unit;
  }

  /** {@code a-b-c.slice} lies in {@code a-b.slice}, which lies in {@code a.slice} (systemd.slice(5)). */
  private static String expanded(String slice) {
    String suffix = ".slice";
    if (slice.equals("-.slice")) {
      return "";
    }
    if (!slice.endsWith(suffix) || slice.contains("/") || slice.startsWith("-") || slice.contains("--") || slice.endsWith("-" + suffix)) {
      throw ProaException.invalid("linux.cgroupsPath: \"" + slice + "\" is no name of a slice");
    }
    StringBuilder path = new StringBuilder();
    String name = slice.substring(0, slice.length() - suffix.length());
    for (int dash = name.indexOf('-'); dash >= 0; dash = name.indexOf('-', dash + 1)) {
      path.append('/').append(name, 0, dash).append(suffix);
    }
    return path.append('/').append(slice).toString();
  }
}
