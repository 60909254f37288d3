package dev.proa.lifecycle.confinement;

/** The first two numbers of a kernel's release, such as 6.18. */
record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {

  /** @param release as uname(2) has it: {@code 6.1.0-37-amd64} */
  static KernelVersion parse(String release) {
    String[] parts = release.strip().split("\\.", 3);
    if (parts.length < 2) {
      throw new IllegalArgumentException("\"" + release + "\" is no kernel version such as 4.8");
    }
    return new KernelVersion(number(parts[0], release), number(parts[1], release));
  }

  private static int number(String part, String release) {
    int end = 0;
    while (end < part.length() && end < 6 && Character.isDigit(part.charAt(end))) {
      end++;
    }
    if (end == 0) {
      throw new IllegalArgumentException("\"" + release + "\" is no kernel version such as 4.8");
    }
    return Integer.parseInt(part.substring(0, end));
  }

  @Override
  public int compareTo(KernelVersion other) {
    return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
  }
}
