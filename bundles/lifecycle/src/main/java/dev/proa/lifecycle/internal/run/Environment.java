package dev.proa.lifecycle.internal.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The environment of a container's processes. */
final class Environment {
  private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Environment() {}

  /** What the engine sets, then the configured variables (a name without a value removes it), then HOME if nobody said. */
  static List<String> of(@Nullable List<String> configured, @Nullable String hostname, boolean tty, String home) {
    Map<String, String> variables = new LinkedHashMap<>();
    put(variables, DEFAULT_PATH);
    if (hostname != null) {
      put(variables, "HOSTNAME=" + hostname);
    }
    if (tty) {
      put(variables, "TERM=xterm");
    }
    for (String variable : configured == null ? List.<String>of() : configured) {
      put(variables, variable);
    }
    variables.putIfAbsent("HOME", "HOME=" + home);
    return new ArrayList<>(variables.values());
  }

  private static void put(Map<String, String> variables, String variable) {
    int equals = variable.indexOf('=');
    if (equals < 0) {
      variables.remove(variable);
    } else {
      variables.put(variable.substring(0, equals), variable);
    }
  }
}
