package dev.proa.spawn.internal;

import dev.proa.linux.Errno;
import dev.proa.linux.ExitStatus;
import dev.proa.spawn.Arg;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spawn.Step;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was asked for, so that failures can be put into words; the plan of a process that an earlier daemon spawned nobody knows. */
record Planned(@Nullable SpawnPlan plan, Duration deadline) {
  static final Planned UNKNOWN = new Planned(null, Duration.ZERO);

  SpawnFailure words(Wire.Failure failure) {
    return switch (failure.kind()) {
      case STEP -> stepFailure(failure);
      case ENDED, NONE -> new SpawnFailure.Ended(new ExitStatus(failure.number(), failure.detail()));
      case DEADLINE -> new SpawnFailure.DeadlinePassed(deadline, failure.text());
      case CLONE -> new SpawnFailure.CloneFailed(failure.text(), failure.number());
    };
  }

  private SpawnFailure stepFailure(Wire.Failure failure) {
    if (plan == null || failure.step() < 0 || failure.step() >= plan.steps().size()) {
      return new SpawnFailure.StepFailed(failure.step(), "of a plan that this daemon does not know", "call", failure.number());
    }
    Step step = plan.steps().get(failure.step());
    if (step.kind() == Step.Kind.EXEC) {
      return new SpawnFailure.ExecFailed(failure.step(), candidate(step, failure), failure.number());
    }
    return new SpawnFailure.StepFailed(failure.step(), step.name(), step.callText(), failure.number());
  }

  private static String candidate(Step step, Wire.Failure failure) {
    if (step.args().get(0) instanceof Arg.Texts(List<String> candidates) && step.args().get(1) instanceof Arg.Texts(List<String> argv)) {
      boolean nowhere = failure.number() == Errno.ENOENT.number() && candidates.size() > 1 && !argv.isEmpty();
      return nowhere ? argv.getFirst() : candidates.get(Math.clamp(failure.detail(), 0, candidates.size() - 1));
    }
    throw new IllegalStateException("an exec step without candidates: " + step);
  }
}
