package dev.proa.lifecycle.internal.engine;

import dev.proa.images.ImageConfig;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.create.HostConfigChecks;
import dev.proa.spi.ProaException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which backend runs a container: the one that its creator names, else the one that its image asks for, else the daemon's default. An image is believed
 * only where the default is namespaces: what an operator has chosen instead is not weakened by what somebody has pulled.
 */
final class IsolationChoice {
  /** Label of an image. */
  static final String LABEL = "dev.proa.isolation";

  private static final String NAMESPACES = "namespace";

  private final Set<String> known;
  private final String defaultIsolation;

  /**
   * @param known names of the isolation backends that there are
   * @param defaultIsolation the daemon's
   */
  IsolationChoice(Set<String> known, String defaultIsolation) {
    this.known = known;
    this.defaultIsolation = defaultIsolation;
  }

  /**
   * @param asked as the client has sent it
   * @param checked what was made of that
   * @return with the runtime that is to be
   */
  HostConfig withImage(HostConfig asked, HostConfig checked, String imageName, ImageConfig image) {
    String wanted = image.labels() == null ? null : image.labels().get(LABEL);
    if (wanted == null || isNamed(asked.runtime()) || isNamed(asked.isolation()) || !defaultIsolation.equals(NAMESPACES)) {
      return checked;
    }
    try {
      HostConfigChecks.checkIsolation(wanted, known);
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), "image " + imageName + ", label " + LABEL + ": " + e.getMessage() + "; choose one with --runtime", e);
    }
    return checked.withRuntime(wanted);
  }

  private static boolean isNamed(@Nullable String choice) {
    return choice != null && !choice.isEmpty();
  }

  /** The names that every client knows mean the default. */
  String backend(HostConfig hostConfig) {
    String runtime = String.valueOf(hostConfig.runtime());
    return known.contains(runtime) ? runtime : defaultIsolation;
  }
}
