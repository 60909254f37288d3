package dev.proa.lifecycle.containers;

import dev.proa.spi.isolation.TaskPlan;
import java.util.List;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** What a start of a container would do, system call by system call; as {@link TaskPlan}. */
@JsonNaming(UpperCamelCaseStrategy.class)
public record StartPlan(String title, String cloneCall, int firstDescriptor, List<String> descriptors, List<Step> steps) {

  /** One step. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  public record Step(int index, String name, String kind, String call, String text, List<String> tolerates, int then, int otherwise) {}

  public static StartPlan of(TaskPlan plan) {
    return new StartPlan(
        plan.title(),
        plan.cloneCall(),
        plan.firstDescriptor(),
        plan.descriptors(),
        plan.steps().stream()
            .map(step -> new Step(step.index(), step.name(), step.kind(), step.call(), step.text(), step.tolerates(), step.then(), step.otherwise()))
            .toList());
  }
}
