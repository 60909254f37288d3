package dev.proa.storage.layers;

import dev.proa.spi.ProaException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A member's name below the layer's root, as Docker reads it (Go's path.Clean): a slash in front means nothing, {@code .} and doubled slashes
 * go, {@code ..} takes the name before it away.
 */
public final class EntryName {
  private EntryName() {}

  /**
   * @return names with one slash between, empty for the root itself
   * @throws ProaException {@code INVALID_ARGUMENT} if a relative name climbs out of the root
   */
  static String clean(String name, String entry, int maxBytes) {
    if (name.length() > maxBytes) {
      throw ProaException.invalid("entry \"" + shortened(entry) + "\": its path is longer than " + maxBytes + " bytes");
    }
    int from = name.startsWith("./") ? 2 : 0;
    int to = name.endsWith("/") ? name.length() - 1 : name.length();
    if (from < to && isPlain(name, from, to)) {
      return name.substring(from, to);
    }
    Deque<String> names = new ArrayDeque<>();
    for (String part : name.split("/", -1)) {
      switch (part) {
        case "", "." -> {}
        case ".." -> {
          if (names.pollLast() == null && !name.startsWith("/")) {
            throw ProaException.invalid("entry \"" + shortened(entry) + "\" leaves the layer's root");
          }
        }
        default -> names.addLast(part);
      }
    }
    return String.join("/", names);
  }

  private static boolean isPlain(String name, int from, int to) {
    boolean atStart = true;
    for (int i = from; i < to; i++) {
      char c = name.charAt(i);
      if (atStart && (c == '/' || (c == '.' && startsDots(name, i, to)))) {
        return false;
      }
      atStart = c == '/';
    }
    return !atStart;
  }

  /** Whether the component that starts with the dot at {@code i} is {@code .} or {@code ..}. */
  private static boolean startsDots(String name, int i, int to) {
    int end = i + 1;
    if (end < to && name.charAt(end) == '.') {
      end++;
    }
    return end == to || name.charAt(end) == '/';
  }

  /** For messages: a hostile name may be long. */
  public static String shortened(String name) {
    return name.length() <= 256 ? name : name.substring(0, 256) + "…";
  }
}
