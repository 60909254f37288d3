package dev.proa.api.router;

/** A version of the Engine API, such as 1.51. */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  public static final ApiVersion NEWEST = new ApiVersion(1, 51);
  public static final ApiVersion OLDEST = new ApiVersion(1, 24);

  /**
   * Reads {@code 1.51}; a part that is missing is 0.
   *
   * @throws NumberFormatException for what is no version
   */
  public static ApiVersion parse(String text) {
    String[] parts = text.split("\\.", 3);
    return new ApiVersion(part(parts, 0), part(parts, 1));
  }

  private static int part(String[] parts, int index) {
    return index >= parts.length || parts[index].isEmpty() ? 0 : Integer.parseInt(parts[index]);
  }

  public boolean before(int otherMajor, int otherMinor) {
    return compareTo(new ApiVersion(otherMajor, otherMinor)) < 0;
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
