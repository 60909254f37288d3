package dev.proa.cli.oci;

import dev.proa.linux.Fd;
import dev.proa.linux.Processes;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Descriptors behind the standard streams that the caller leaves open for the container's process: sockets of whoever activates it (sd_listen_fds(3)), then
 * as many as {@code --preserve-fds} says.
 *
 * @param listening how many of them are sockets
 */
record Inherited(List<Fd> descriptors, int listening, @Nullable String names) {
  private static final int FIRST = 3;

  /** @param preserve the value of {@code --preserve-fds} */
  static Inherited of(@Nullable String preserve, Map<String, String> environment) {
    boolean forUs = Integer.toString(Processes.getpid()).equals(environment.get("LISTEN_PID"));
    int listening = forUs ? count("LISTEN_FDS", environment.get("LISTEN_FDS")) : 0;
    int more = count("--preserve-fds", preserve);
    List<Fd> descriptors = new ArrayList<>();
    for (int i = 0; i < listening + more; i++) {
      if (!isInherited(FIRST + i)) {
        throw ProaException.invalid(
            "please check that preserved-fd " + (FIRST + i) + " is present: " + (i < listening ? "LISTEN_FDS" : "--preserve-fds") + " counts it");
      }
      descriptors.add(Fd.borrowed(FIRST + i));
    }
    return new Inherited(descriptors, listening, listening == 0 ? null : environment.get("LISTEN_FDNAMES"));
  }

  /** The variables by which the process knows its sockets; its pid is 1. */
  List<String> environment() {
    if (listening == 0) {
      return List.of();
    }
    List<String> variables = new ArrayList<>(List.of("LISTEN_FDS=" + listening, "LISTEN_PID=1"));
    if (names != null) {
      variables.add("LISTEN_FDNAMES=" + names);
    }
    return variables;
  }

  /** Those that were open before the JVM opened its own, as the script that starts it has counted. */
  private static boolean isInherited(int number) {
    return number < Integer.getInteger("proa.inherited", FIRST);
  }

  private static int count(String what, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return 0;
    }
    try {
      int count = Integer.parseInt(text);
      if (count >= 0 && count <= 1024) {
        return count;
      }
    } catch (NumberFormatException e) {
      // The same as a number that none can have.
    }
    throw ProaException.invalid(what + ": \"" + text + "\" is no number of descriptors");
  }
}
