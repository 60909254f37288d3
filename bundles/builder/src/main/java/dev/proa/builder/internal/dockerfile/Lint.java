package dev.proa.builder.internal.dockerfile;

import dev.proa.builder.PathPatterns;
import dev.proa.builder.internal.dockerfile.Dockerfile.Warning;
import dev.proa.images.dockerfile.ConfigInstructions;
import dev.proa.images.dockerfile.Words;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is allowed in a Dockerfile and still doubtful: Docker's build checks, by their names, so that {@code # check=skip=NAME} means the same. */
public final class Lint {
  private static final Pattern VARIABLE = Pattern.compile("(?<!\\\\)\\$(?:\\{([A-Za-z_]\\w*)\\}|([A-Za-z_]\\w*))");
  private static final Pattern SECRET = Pattern.compile("(?i)(?:^|_)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)");
  private static final Pattern NO_SECRET = Pattern.compile("(?i)(?:^|_)public(?:_|$)");
  private static final Pattern HOST_PORT = Pattern.compile("\\[?[0-9a-fA-F.:]*\\]?:\\d.*|\\d+:\\d+.*");
  private static final Set<String> RESERVED = Set.of("context", "scratch");
  private static final Set<String> EXPANDED = Set.of("ADD", "COPY", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");
  private static final Set<String> ONCE = Set.of("CMD", "ENTRYPOINT", "HEALTHCHECK");

  private static final Set<String> KNOWN =
      Set.of("BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE");

  private final Dockerfile file;
  private final Function<String, @Nullable Set<String>> environments;
  private final @Nullable PathPatterns ignored;
  private final List<Warning> warnings = new ArrayList<>();
  private final List<@Nullable Set<String>> variables = new ArrayList<>();

  private Lint(Dockerfile file, Function<String, @Nullable Set<String>> environments, @Nullable PathPatterns ignored) {
    this.file = file;
    this.environments = environments;
    this.ignored = ignored;
  }

  /**
   * What one should know of a Dockerfile, in the order of its lines; less what its directive {@code check} skips.
   *
   * @param environments names of the variables that an image sets; null for an image that is not here
   * @param ignored what the context's {@code .dockerignore} names; null for none
   */
  public static List<Warning> of(Dockerfile file, Function<String, @Nullable Set<String>> environments, @Nullable PathPatterns ignored) {
    Lint lint = new Lint(file, environments, ignored);
    lint.warnings.addAll(file.warnings());
    lint.stages();
    Set<String> skipped = skipped(file.check());
    return lint.warnings.stream()
        .filter(warning -> !skipped.contains("all") && !skipped.contains(warning.rule().toLowerCase(Locale.ROOT)))
        .sorted(Comparator.comparingInt(Warning::line))
        .toList();
  }

  private static Set<String> skipped(@Nullable String check) {
    Set<String> skipped = new HashSet<>();
    for (String part : check == null ? new String[0] : check.split(";")) {
      String[] pair = part.strip().split("=", 2);
      if (pair.length == 2 && pair[0].strip().equals("skip")) {
        for (String rule : pair[1].split(",")) {
          skipped.add(rule.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return skipped;
  }

  /** Whether the file says that warnings are errors ({@code # check=error=true}). */
  public static boolean failsBuild(Dockerfile file) {
    return file.check() != null && file.check().replace(" ", "").toLowerCase(Locale.ROOT).matches("(?:.*;)?error=true(?:;.*)?");
  }

  private void warn(String rule, String text, Instruction where) {
    warnings.add(new Warning(rule, text, where.line()));
  }

  private void stages() {
    Set<String> globals = new LinkedHashSet<>();
    Set<String> withoutDefault = new HashSet<>();
    for (Instruction global : file.globals()) {
      secrets(global);
      for (String word : words().raw(global.rest())) {
        String name = word.split("=", 2)[0];
        globals.add(name);
        if (!word.contains("=")) {
          withoutDefault.add(name);
        }
      }
    }
    Set<String> names = new HashSet<>();
    for (Stage stage : file.stages()) {
      from(stage, globals, withoutDefault);
      if (stage.name() != null) {
        if (RESERVED.contains(stage.name())) {
          warn("ReservedStageName", "Stage name should not use the same name as reserved stage \"" + stage.name() + "\"", stage.from());
        }
        if (!names.add(stage.name())) {
          warn("DuplicateStageName", "Duplicate stage name \"" + stage.name() + "\", stage names should be unique", stage.from());
        }
      }
      inside(stage);
    }
  }

  private void from(Stage stage, Set<String> globals, Set<String> withoutDefault) {
    String platform = stage.platform();
    for (String text : platform == null ? List.of(stage.base()) : List.of(stage.base(), platform)) {
      for (String name : used(text)) {
        if (!globals.contains(name) && !KNOWN.contains(name)) {
          warn("UndefinedArgInFrom", "FROM argument '" + name + "' is not declared", stage.from());
        }
      }
    }
    if (platform != null) {
      if (platform.matches("\\$\\{?TARGETPLATFORM\\}?")) {
        warn("RedundantTargetPlatform", "Setting platform to predefined " + platform + " in FROM is redundant as this is the default behavior", stage.from());
      } else if (used(platform).isEmpty()) {
        warn("FromPlatformFlagConstDisallowed", "FROM --platform flag should not use constant value \"" + platform + "\"", stage.from());
      }
    }
    if (used(stage.base()).stream().anyMatch(withoutDefault::contains) && VARIABLE.matcher(stage.base()).replaceAll("").matches("|[:@/].*|.*[:@/]")) {
      warn("InvalidDefaultArgInFrom", "Default value for ARG " + stage.base() + " results in empty or invalid base image name", stage.from());
    }
  }

  private void inside(Stage stage) {
    Stage parent = file.stage(stage.base(), stage.index());
    Set<String> inherited = parent != null ? variables.get(parent.index()) : stage.base().equals("scratch") ? Set.of() : environments.apply(stage.base());
    Set<String> known = inherited == null ? null : new HashSet<>(inherited);
    Set<String> seen = new HashSet<>();
    boolean absolute = parent != null;
    boolean shell = false;
    for (Instruction instruction : stage.instructions().reversed()) {
      if (ONCE.contains(instruction.name()) && !seen.add(instruction.name())) {
        String text = "Multiple " + instruction.name() + " instructions should not be used in the same stage because only the last one will be used";
        warn("MultipleInstructionsDisallowed", text, instruction);
      }
    }
    for (Instruction instruction : stage.instructions()) {
      secrets(instruction);
      undefined(instruction, known);
      switch (instruction.name()) {
        case "MAINTAINER" -> warn("MaintainerDeprecated", "Maintainer instruction is deprecated in favor of using label", instruction);
        case "SHELL" -> shell = true;
        case "CMD", "ENTRYPOINT" -> {
          if (!shell && ConfigInstructions.jsonList(instruction.rest()) == null) {
            String text = "JSON arguments recommended for " + instruction.name() + " to prevent unintended behavior related to OS signals";
            warn("JSONArgsRecommended", text, instruction);
          }
        }
        case "WORKDIR" -> {
          boolean relative = !instruction.rest().startsWith("/") && !instruction.rest().startsWith("$") && !instruction.rest().startsWith("\"/");
          if (relative && !absolute) {
            String text = "Relative workdir \"" + instruction.rest() + "\" can have unexpected results if the base image changes";
            warn("WorkdirRelativePath", text, instruction);
          }
          absolute |= !relative;
        }
        case "ENV", "LABEL" -> {
          List<String> raw = words().raw(instruction.rest());
          if (!raw.isEmpty() && !raw.getFirst().contains("=")) {
            String name = instruction.name();
            warn("LegacyKeyValueFormat", "\"" + name + " key=value\" should be used instead of legacy \"" + name + " key value\" format", instruction);
          }
          if (known != null && instruction.name().equals("ENV")) {
            known.addAll(names(instruction));
          }
        }
        case "ARG" -> {
          if (known != null) {
            known.addAll(names(instruction));
          }
        }
        case "EXPOSE" -> ports(instruction);
        case "COPY", "ADD" -> ignored(instruction);
        default -> {}
      }
    }
    variables.add(known);
  }

  private void ports(Instruction instruction) {
    for (String port : words().raw(instruction.rest())) {
      if (port.contains("$")) {
        continue;
      }
      if (HOST_PORT.matcher(port).matches()) {
        warn("ExposeInvalidFormat", "EXPOSE instruction should not define an IP address or host-port mapping, found '" + port + "'", instruction);
      }
      if (!port.equals(port.toLowerCase(Locale.ROOT))) {
        warn("ExposeProtoCasing", "Defined protocol '" + port + "' in EXPOSE instruction should be lowercase", instruction);
      }
    }
  }

  private void ignored(Instruction instruction) {
    PathPatterns patterns = ignored;
    if (patterns == null || instruction.flag("from") != null) {
      return;
    }
    List<String> list = ConfigInstructions.jsonList(instruction.rest());
    List<String> all = list != null ? list : words().raw(instruction.rest());
    for (String source : all.subList(0, Math.max(0, all.size() - 1))) {
      String path = PathPatterns.clean(source);
      boolean plain = !source.startsWith("<<") && !source.contains("$") && !source.contains("://") && !PathPatterns.isPattern(path) && !path.isEmpty();
      if (plain && patterns.matches(path)) {
        warn("CopyIgnoredFile", "Attempting to " + instruction.name() + " file \"" + source + "\" that is excluded by .dockerignore", instruction);
      }
    }
  }

  private void secrets(Instruction instruction) {
    if (!instruction.name().equals("ARG") && !instruction.name().equals("ENV")) {
      return;
    }
    for (String name : names(instruction)) {
      if (SECRET.matcher(name).find() && !NO_SECRET.matcher(name).find()) {
        warn("SecretsUsedInArgOrEnv", "Do not use ARG or ENV instructions for sensitive data (" + instruction.name() + " \"" + name + "\")", instruction);
      }
    }
  }

  /** What an {@code ARG} or {@code ENV} sets. */
  private Set<String> names(Instruction instruction) {
    if (instruction.name().equals("ENV")) {
      try {
        return ConfigInstructions.pairs("ENV", instruction.rest(), words()).keySet();
      } catch (ProaException e) {
        return Set.of(); // the build says what is wrong with it
      }
    }
    Set<String> names = new LinkedHashSet<>();
    words().raw(instruction.rest()).forEach(word -> names.add(word.split("=", 2)[0]));
    return names;
  }

  private void undefined(Instruction instruction, @Nullable Set<String> known) {
    if (known == null || !EXPANDED.contains(instruction.name())) {
      return;
    }
    for (String name : used(instruction.rest())) {
      if (!known.contains(name) && !name.equals("PATH")) {
        warn("UndefinedVar", "Usage of undefined variable '$" + name + "'", instruction);
      }
    }
  }

  private Words words() {
    return new Words(Map.<String, String>of()::get, file.escape());
  }

  /** Variables that a text uses without saying what to take instead of one that is not set. */
  private static Set<String> used(String text) {
    Set<String> used = new LinkedHashSet<>();
    Matcher matcher = VARIABLE.matcher(text.replaceAll("'[^']*'", ""));
    while (matcher.find()) {
      used.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    return used;
  }
}
