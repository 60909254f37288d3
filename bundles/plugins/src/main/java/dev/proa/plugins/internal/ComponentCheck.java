package dev.proa.plugins.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;

/** Asks the component runtime. */
final class ComponentCheck implements PluginCheck {
  private final ServiceComponentRuntime runtime;

  ComponentCheck(ServiceComponentRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public List<String> problems(Bundle bundle) {
    List<String> problems = new ArrayList<>();
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(bundle)) {
      for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(description)) {
        switch (configuration.state) {
          case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> problems.add(description.name + " misses " + missing(description, configuration));
          case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> problems.add(description.name + " misses its configuration");
          case ComponentConfigurationDTO.FAILED_ACTIVATION ->
              problems.add(description.name + " failed: " + configuration.failure.lines().findFirst().orElse(""));
          default -> {}
        }
      }
    }
    return problems;
  }

  private static String missing(ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {
    return Arrays.stream(configuration.unsatisfiedReferences)
        .map(
            unsatisfied ->
                Arrays.stream(description.references)
                    .filter(reference -> reference.name.equals(unsatisfied.name))
                    .findFirst()
                    .map((ReferenceDTO reference) -> reference.interfaceName)
                    .orElse(unsatisfied.name))
        .collect(Collectors.joining(", "));
  }
}
