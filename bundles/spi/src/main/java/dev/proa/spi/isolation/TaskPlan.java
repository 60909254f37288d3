package dev.proa.spi.isolation;

import java.util.List;

/**
 * What a start of a task would do, call by call.
 *
 * @param title of the plan
 * @param cloneCall the call that makes the first process
 * @param descriptors the descriptors that the process is given, by name, from number {@code firstDescriptor} on
 */
public record TaskPlan(String title, String cloneCall, int firstDescriptor, List<String> descriptors, List<Step> steps) {
  public TaskPlan {
    descriptors = List.copyOf(descriptors);
    steps = List.copyOf(steps);
  }

  /**
   * One step.
   *
   * @param name what it is for
   * @param call the call's name
   * @param text the call with its arguments; {@code #7} is the result of step 7
   * @param tolerates errnos that are no failure here
   * @param then the step after success, {@code otherwise} that after a tolerated errno, for a clone the child's
   */
  public record Step(int index, String name, String kind, String call, String text, List<String> tolerates, int then, int otherwise) {
    public Step {
      tolerates = List.copyOf(tolerates);
    }
  }
}
