package dev.proa.launcher;

import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/**
 * Why a component of the engine did not come up: a sentence for each, empty if all did. Where one failed, those that only miss it are left out.
 */
final class ComponentReport {
  private ComponentReport() {}

  /** @param locations the engine's bundles; a plugin that fails is the plugin host's matter and never stops the daemon */
  static List<String> of(BundleContext context, Set<String> locations) {
    List<String> problems = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    ServiceReference<ServiceComponentRuntime> reference = context.getServiceReference(ServiceComponentRuntime.class);
    if (reference == null) {
      for (Bundle bundle : context.getBundles()) {
        if (locations.contains(bundle.getLocation()) && bundle.getHeaders("").get("Service-Component") != null) {
          problems.add("the component runtime is not there, so nothing of " + bundle.getSymbolicName() + " was started");
        }
      }
      return problems;
    }
    ServiceComponentRuntime runtime = context.getService(reference);
    for (Bundle bundle : context.getBundles()) {
      if (!locations.contains(bundle.getLocation())) {
        continue;
      }
      for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
        for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(description)) {
          String component = description.name + " of " + bundle.getSymbolicName() + " " + bundle.getVersion();
          if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
            failures.add(failure(component, configuration.failure));
          } else {
            String lack = lack(description, configuration);
            if (lack != null) {
              problems.add(component + " " + lack);
            }
          }
        }
      }
    }
    context.ungetService(reference);
    return failures.isEmpty() ? problems : failures;
  }

  /** @param trace a printed stack trace; what the engine refuses itself says all by its message alone */
  private static String failure(String component, String trace) {
    String cause = firstCause(trace);
    String own = ProaException.class.getName() + ": ";
    return cause.startsWith(own) ? cause.substring(own.length()) : component + " failed: " + cause;
  }

  private static @Nullable String lack(ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {
    return switch (configuration.state) {
      case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
          "misses "
              + java.util.Arrays.stream(configuration.unsatisfiedReferences)
                  .map(missing -> interfaceOf(description, missing))
                  .collect(Collectors.joining(", "));
      case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> "misses its configuration";
      default -> null;
    };
  }

  private static String interfaceOf(ComponentDescriptionDTO description, UnsatisfiedReferenceDTO missing) {
    for (var reference : description.references) {
      if (reference.name.equals(missing.name)) {
        String target = missing.target == null ? "" : missing.target;
        return "service " + reference.interfaceName + (target.isEmpty() ? "" : " " + target);
      }
    }
    return missing.name + " (" + Constants.OBJECTCLASS + " unknown)";
  }

  /** The text of the innermost exception of a printed stack trace: what really happened. */
  static String firstCause(String trace) {
    String cause = trace.lines().findFirst().orElse("no reason given");
    for (String line : trace.lines().toList()) {
      if (line.startsWith("Caused by: ")) {
        cause = line.substring("Caused by: ".length());
      }
    }
    return cause;
  }
}
