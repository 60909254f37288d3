package dev.proa.builder.internal;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildTrace;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.images.ProgressMessage;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells of the steps of one stage, as BuildKit names them: those that begin it or make a layer, each on the one before. */
final class StageTrace {
  private static final Set<String> SHOWN = Set.of("RUN", "COPY", "ADD", "WORKDIR");

  private final BuildTrace trace;
  private final Stage stage;
  private final int total;
  private int number;
  private @Nullable String last;
  private @Nullable String current;
  private boolean cached;

  /** @param image whether it begins with an image, which is a step of its own, and not with nothing or another stage */
  StageTrace(BuildTrace trace, Stage stage, boolean image) {
    this.trace = trace;
    this.stage = stage;
    this.total = (image ? 1 : 0) + (int) stage.instructions().stream().filter(StageTrace::isShown).count();
  }

  static boolean isShown(Instruction instruction) {
    return SHOWN.contains(instruction.name());
  }

  void begin(String text) {
    number++;
    String name = "[" + (stage.name() == null ? "" : stage.name() + " ") + number + "/" + Math.max(total, number) + "] " + text;
    current = BuildTrace.id(stage.index() + " " + name);
    cached = false;
    trace.begin(current, name, last == null ? List.of() : List.of(last));
    last = current;
  }

  /** What the step would do is there already. */
  void cached() {
    cached = true;
  }

  /** @param problem null if all went well */
  void end(@Nullable Exception problem) {
    String step = current;
    current = null;
    if (step != null) {
      trace.end(step, cached && problem == null, problem == null ? null : String.valueOf(problem.getMessage()).lines().findFirst().orElse("failed"));
    }
  }

  /** Where a command's output, and what is pulled for a step, go besides. */
  BuildOutput over(BuildOutput output) {
    String step = current;
    if (step == null) {
      return output;
    }
    return new BuildOutput() {
      @Override
      public void send(ProgressMessage message) {
        String id = message.id();
        ProgressMessage.Progress progress = message.progress();
        if (id != null && message.status() != null) {
          long at = progress == null ? 0 : progress.current();
          trace.progress(step, id + ": " + message.status(), at, progress == null ? 0 : progress.total(), progress == null);
        }
        output.send(message);
      }

      @Override
      public void command(String text, boolean error) {
        trace.log(step, text, error);
        output.command(text, error);
      }
    };
  }
}
