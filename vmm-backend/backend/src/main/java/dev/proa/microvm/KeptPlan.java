package dev.proa.microvm;

import dev.proa.microvm.agent.GuestProcess;
import dev.proa.microvm.agent.GuestRun;
import dev.proa.namespace.Failures;
import dev.proa.spawn.PlanImage;
import dev.proa.spawn.SpawnException;
import dev.proa.spawn.SpawnFailure;
import dev.proa.spawn.SpawnPlan;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plan of a task's first process, between create and start, which may be another daemon's: what is sent to the agent, and the text for messages. */
final class KeptPlan {
  private static final String REQUEST = "run";
  private static final String IMAGE = "image";
  private static final String TEXT = "plan";

  /** As {@link SpawnPlan#line} prints it. */
  private static final Pattern LINE = Pattern.compile("\\d+ \"(.*?)\" (.*)");

  private KeptPlan() {}

  static void write(Path folder, GuestRun run) throws IOException {
    Files.write(folder.resolve(REQUEST), run.encode());
    Files.write(folder.resolve(IMAGE), PlanImage.of(run.plan()).bytes());
    Files.writeString(folder.resolve(TEXT), run.plan().toString());
  }

  static byte[] request(Path folder) throws IOException {
    return Files.readAllBytes(folder.resolve(REQUEST));
  }

  static byte[] image(Path folder) throws IOException {
    return Files.readAllBytes(folder.resolve(IMAGE));
  }

  /** Why a task's process did not become its program. */
  static ProaException failure(String id, GuestRecord record, Path folder, GuestProcess failed) {
    List<String> lines;
    try {
      // The first line is the plan's title.
      lines = Files.readAllLines(folder.resolve(TEXT));
    } catch (IOException e) {
      lines = List.of();
    }
    Spec.Process process =
        new Spec.Process(
            false, null, new Spec.User(0, 0, null, List.of()), List.of(record.program()), List.of(), record.cwd(),
            new Spec.Capabilities(List.of(), List.of(), List.of(), List.of(), List.of()), List.of(), false, null, null);
    return Failures.ofSpawn(id, process, new SpawnException(id, reason(failed, lines, record.program())));
  }

  private static SpawnFailure reason(GuestProcess failed, List<String> lines, String program) {
    if (failed.number() == 0) {
      return new SpawnFailure.Ended(failed.exitStatus());
    }
    int line = failed.step() + 1;
    if (line == lines.size() - 1) {
      return new SpawnFailure.ExecFailed(failed.step(), program, failed.number());
    }
    Matcher matcher = LINE.matcher(line < lines.size() ? lines.get(line) : "");
    return matcher.matches()
        ? new SpawnFailure.StepFailed(failed.step(), matcher.group(1), matcher.group(2), failed.number())
        : new SpawnFailure.CloneFailed("in the guest: clone or execveat", failed.number());
  }

  /** The same for a further process, whose plan is at hand. */
  static ProaException failure(String id, Spec.Process process, SpawnPlan plan, GuestProcess failed) {
    List<String> lines = plan.toString().lines().toList();
    return Failures.ofSpawn(id, process, new SpawnException(id, reason(failed, lines, process.args().getFirst())));
  }
}
