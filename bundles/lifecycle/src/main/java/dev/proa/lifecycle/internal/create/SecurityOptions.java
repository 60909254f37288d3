package dev.proa.lifecycle.internal.create;

import dev.proa.spi.ProaException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code --security-opt}, parsed.
 *
 * @param seccomp null for the default profile, {@code unconfined}, or a profile in JSON
 * @param apparmor null for the default
 * @param systemPathsUnconfined neither masked nor read-only paths
 */
public record SecurityOptions(boolean noNewPrivileges, @Nullable String seccomp, @Nullable String apparmor, boolean systemPathsUnconfined) {
  public static final String UNCONFINED = "unconfined";

  /** Docker's name for it, which clients show. */
  private static final String DEFAULT_APPARMOR = "docker-default";

  /** @throws ProaException {@code INVALID_ARGUMENT} "invalid --security-opt …" */
  public static SecurityOptions parse(@Nullable List<String> options) {
    boolean noNewPrivileges = false;
    String seccomp = null;
    String apparmor = null;
    boolean systemPaths = false;
    for (String option : options == null ? List.<String>of() : options) {
      if (option.equals("no-new-privileges")) {
        noNewPrivileges = true;
        continue;
      }
      if (option.equals("disable")) {
        continue;
      }
      int separator = option.indexOf('=') >= 0 ? option.indexOf('=') : option.indexOf(':');
      if (separator < 0) {
        throw ProaException.invalid("invalid --security-opt 1: \"" + option + '"');
      }
      String value = option.substring(separator + 1);
      switch (option.substring(0, separator)) {
        // SELinux labels: accepted everywhere, without effect where SELinux is off, as it is with us.
        case "label" -> {}
        case "seccomp" -> seccomp = value;
        case "apparmor" -> apparmor = value;
        case "writable-cgroups" -> bool(value, option);
        case "no-new-privileges" -> noNewPrivileges = bool(value, option);
        case "systempaths" -> {
          if (!value.equals(UNCONFINED)) {
            throw ProaException.invalid("invalid --security-opt 2: \"" + option + '"');
          }
          systemPaths = true;
        }
        default -> throw ProaException.invalid("invalid --security-opt 2: \"" + option + '"');
      }
    }
    return new SecurityOptions(noNewPrivileges, seccomp, apparmor, systemPaths);
  }

  /** The profile that is in force where the host has AppArmor, {@code unconfined} for none. */
  public String apparmorProfile(boolean privileged) {
    return apparmor != null && !apparmor.isEmpty() ? apparmor : privileged ? UNCONFINED : DEFAULT_APPARMOR;
  }

  private static boolean bool(String value, String option) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw ProaException.invalid("invalid --security-opt 2: \"" + option + '"');
    };
  }
}
