package dev.proa.cli.compose.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many containers a service has. */
public final class Scale {
  private Scale() {}

  /** {@code deploy.replicas}, or {@code scale}, or one. */
  public static int of(Map<String, @Nullable Object> service) {
    long scale = Project.number(service.get("scale"), 1);
    return (int) Project.number(Project.object(service.get("deploy")).get("replicas"), scale);
  }
}
