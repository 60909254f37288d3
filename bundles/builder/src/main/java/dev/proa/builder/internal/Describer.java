package dev.proa.builder.internal;

import dev.proa.builder.BuildRequest;
import dev.proa.builder.Description;
import dev.proa.builder.Description.Argument;
import dev.proa.builder.Description.Finding;
import dev.proa.builder.Description.Need;
import dev.proa.builder.Description.Outline;
import dev.proa.builder.Description.Target;
import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.builder.internal.dockerfile.Dockerfile.Warning;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.builder.internal.run.RunMount;
import dev.proa.images.dockerfile.Words;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says what is in a Dockerfile. */
final class Describer {
  private final Dockerfile file;
  private final BuildRequest request;
  private final Map<String, Argument> arguments = new LinkedHashMap<>();
  private final Map<String, Need> secrets = new LinkedHashMap<>();
  private final Map<String, Need> ssh = new LinkedHashMap<>();
  private final Map<String, Need> caches = new LinkedHashMap<>();

  private Describer(Dockerfile file, BuildRequest request) {
    this.file = file;
    this.request = request;
  }

  static Description of(Dockerfile file, BuildRequest request, List<Warning> warnings) {
    List<Finding> findings = warnings.stream().map(warning -> new Finding(warning.rule(), warning.text(), warning.line())).toList();
    List<Target> targets = new ArrayList<>();
    for (Stage stage : file.stages()) {
      boolean last = stage == file.stages().getLast();
      String name = stage.name();
      if (name != null || last) {
        targets.add(new Target(name == null ? "" : name, last, stage.base(), stage.platform() == null ? "" : stage.platform(), stage.from().line()));
      }
    }
    return new Description(file.name(), String.join("\n", file.source()), findings, targets, new Describer(file, request).outline());
  }

  private Outline outline() {
    Arguments globals = Arguments.global(request.buildArgs(), Map.of());
    Words words = new Words(globals::globalValue, file.escape());
    for (Instruction global : file.globals()) {
      StageRun.declare(global, globals, words);
      note(global, globals);
    }
    Stage target = request.target().isEmpty() ? file.stages().getLast() : file.stage(request.target(), file.stages().size());
    if (target == null) {
      throw ProaException.invalid("target stage \"" + request.target() + "\" could not be found in " + file.name());
    }
    for (Stage stage : NeededStages.of(file, target, each -> words.expand(each.base()))) {
      Arguments own = globals.stage();
      Words inside = new Words(own::value, file.escape());
      for (Instruction instruction : stage.instructions()) {
        if (instruction.name().equals("ARG")) {
          StageRun.declare(instruction, own, inside);
          note(instruction, own);
        }
        if (instruction.name().equals("RUN")) {
          instruction.flags("mount").forEach(mount -> note(instruction, RunMount.parse(inside.expand(mount))));
        }
      }
    }
    String name = target.name();
    return new Outline(
        name == null ? "" : name, List.copyOf(arguments.values()), List.copyOf(secrets.values()), List.copyOf(ssh.values()), List.copyOf(caches.values()));
  }

  private void note(Instruction instruction, Arguments declared) {
    for (String word : new Words(declared::globalValue, file.escape()).raw(instruction.rest())) {
      String name = word.split("=", 2)[0];
      arguments.put(name, new Argument(name, declared.value(name), instruction.line()));
    }
  }

  private void note(Instruction instruction, RunMount mount) {
    String id = !mount.id().isEmpty() ? mount.id() : mount.target().substring(mount.target().lastIndexOf('/') + 1);
    switch (mount.type()) {
      case SECRET -> add(secrets, id, mount, instruction);
      case SSH -> add(ssh, mount.id().isEmpty() ? "default" : mount.id(), mount, instruction);
      case CACHE -> add(caches, mount.id().isEmpty() ? mount.target() : mount.id(), mount, instruction);
      default -> {}
    }
  }

  private static void add(Map<String, Need> needs, String id, RunMount mount, Instruction instruction) {
    Need known = needs.get(id);
    needs.put(id, new Need(id, mount.required() || known != null && known.required(), known == null ? instruction.line() : known.line()));
  }
}
