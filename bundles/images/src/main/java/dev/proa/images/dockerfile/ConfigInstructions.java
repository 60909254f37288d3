package dev.proa.images.dockerfile;

import dev.proa.images.ImageConfig;
import dev.proa.images.ImageConfig.Healthcheck;
import dev.proa.images.internal.manifest.Json;
import dev.proa.spi.ProaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The instructions that only change an image's configuration, one after the other over what it was: {@code docker commit --change}, and the steps of a
 * build that make no layer. Not thread-safe.
 */
public final class ConfigInstructions {
  /** Those that {@link #apply(String, String, Words)} knows. */
  public static final Set<String> KNOWN =
      Set.of("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR");

  private static final Pattern PORT = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/(tcp|udp|sctp))?");
  private static final Pattern SIGNAL = Pattern.compile("(?i)(SIG)?[A-Z][A-Z0-9+-]{1,12}|\\d{1,2}");
  private static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");

  private String user;
  private final Set<String> ports;
  private final Map<String, String> env = new LinkedHashMap<>();
  private @Nullable List<String> entrypoint;
  private @Nullable List<String> cmd;
  private boolean cmdSet;
  private final Set<String> volumes;
  private String workingDir;
  private final Map<String, String> labels;
  private String stopSignal;
  private @Nullable Healthcheck healthcheck;
  private final List<String> onBuild;
  private @Nullable List<String> shell;
  private final ImageConfig base;

  /** @param base what the image says before */
  public ConfigInstructions(ImageConfig base) {
    this.base = base;
    user = base.user();
    ports = base.exposedPorts() == null ? new LinkedHashSet<>() : new LinkedHashSet<>(base.exposedPorts());
    if (base.env() != null) {
      for (String entry : base.env()) {
        int equals = entry.indexOf('=');
        env.put(equals < 0 ? entry : entry.substring(0, equals), equals < 0 ? "" : entry.substring(equals + 1));
      }
    }
    entrypoint = base.entrypoint();
    cmd = base.cmd();
    volumes = base.volumes() == null ? new LinkedHashSet<>() : new LinkedHashSet<>(base.volumes());
    workingDir = base.workingDir();
    labels = base.labels() == null ? new LinkedHashMap<>() : new LinkedHashMap<>(base.labels());
    stopSignal = base.stopSignal();
    healthcheck = base.healthcheck();
    onBuild = base.onBuild() == null ? new ArrayList<>() : new ArrayList<>(base.onBuild());
    shell = base.shell();
  }

  /**
   * The configuration with all changes made, in order ({@code --change}).
   *
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public static ImageConfig apply(ImageConfig base, List<String> changes) {
    ConfigInstructions config = new ConfigInstructions(base);
    List<String> lines = new ArrayList<>();
    for (String change : changes) {
      lines.addAll(logicalLines(change));
    }
    for (String line : lines) {
      String instruction = line.split("\\s", 2)[0].toUpperCase(Locale.ROOT);
      if (!KNOWN.contains(instruction) || instruction.equals("SHELL")) {
        throw ProaException.invalid(line.split("\\s", 2)[0] + " is not a valid change command");
      }
    }
    for (String line : lines) {
      String[] parts = line.split("\\s+", 2);
      config.apply(parts[0].toUpperCase(Locale.ROOT), parts.length < 2 ? "" : parts[1].strip(), Words.of(config.env));
    }
    return config.result();
  }

  /** Lines without comments and blank ones, continued lines joined. */
  private static List<String> logicalLines(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String physical : text.split("\r?\n")) {
      if (physical.strip().startsWith("#") || (physical.isBlank() && line.isEmpty())) {
        continue;
      }
      String stripped = physical.stripTrailing();
      boolean continued = stripped.endsWith("\\") && !stripped.endsWith("\\\\");
      line.append(continued ? stripped.substring(0, stripped.length() - 1) : physical);
      if (!continued) {
        lines.add(line.toString().strip());
        line.setLength(0);
      }
    }
    if (!line.toString().isBlank()) {
      lines.add(line.toString().strip());
    }
    return lines;
  }

  /** The environment so far, in order. */
  public Map<String, String> env() {
    return Collections.unmodifiableMap(env);
  }

  public String workingDir() {
    return workingDir;
  }

  public String user() {
    return user;
  }

  /** The program and arguments that a line for the shell is appended to. */
  public List<String> shell() {
    return shell == null || shell.isEmpty() ? DEFAULT_SHELL : shell;
  }

  /** Takes the triggers for the next build off; they are this one's. */
  public List<String> takeOnBuild() {
    List<String> triggers = List.copyOf(onBuild);
    onBuild.clear();
    return triggers;
  }

  public void label(String name, String value) {
    labels.put(name, value);
  }

  /** A variable whose value is known already. */
  public void setEnv(String name, String value) {
    env.put(name, value);
  }

  public ImageConfig result() {
    List<String> envList = env.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    return new ImageConfig(
        user,
        ports.isEmpty() ? null : ports,
        envList.isEmpty() ? null : envList,
        entrypoint,
        cmd,
        volumes.isEmpty() ? null : volumes,
        workingDir,
        labels.isEmpty() ? null : labels,
        stopSignal,
        base.stopTimeoutSeconds(),
        healthcheck,
        onBuild.isEmpty() ? null : onBuild,
        shell,
        base.argsEscaped());
  }

  /**
   * @param name of the instruction, in capitals
   * @param rest its arguments, as they are written
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public void apply(String name, String rest, Words words) {
    if (rest.isEmpty()) {
      throw ProaException.invalid(name + " requires at least one argument");
    }
    switch (name) {
      case "CMD" -> {
        cmd = command(rest);
        cmdSet = true;
      }
      case "ENTRYPOINT" -> {
        entrypoint = command(rest);
        if (!cmdSet) {
          cmd = null;
        }
      }
      case "ENV" -> pairs(name, rest, words).forEach(env::put);
      case "LABEL" -> pairs(name, rest, words).forEach(labels::put);
      case "EXPOSE" -> words.split(rest).forEach(this::expose);
      case "VOLUME" -> volumes(rest, words);
      case "USER" -> user = one(name, rest, words);
      case "WORKDIR" -> workdir(one(name, rest, words));
      case "STOPSIGNAL" -> {
        stopSignal = one(name, rest, words);
        if (!SIGNAL.matcher(stopSignal).matches()) {
          throw ProaException.invalid("invalid signal: " + stopSignal);
        }
      }
      case "SHELL" -> shell(rest);
      case "ONBUILD" -> onBuild(rest);
      case "HEALTHCHECK" -> healthcheck(rest);
      default -> throw ProaException.invalid(name + " is not a valid change command");
    }
  }

  private static String one(String name, String rest, Words words) {
    List<String> raw = words.raw(rest);
    if (raw.size() != 1) {
      throw ProaException.invalid(name + " requires exactly one argument");
    }
    return words.expand(raw.getFirst());
  }

  /** {@code ["a","b"]}, or a line for the shell. */
  private List<String> command(String rest) {
    List<String> exec = jsonList(rest);
    if (exec != null) {
      return exec;
    }
    List<String> command = new ArrayList<>(shell());
    command.add(rest);
    return command;
  }

  /** The exec form; null if it is none. */
  public static @Nullable List<String> jsonList(String rest) {
    if (!rest.startsWith("[")) {
      return null;
    }
    try {
      JsonNode holder = Json.parseObject(("{\"list\":" + rest + "}").getBytes(java.nio.charset.StandardCharsets.UTF_8), "change");
      return Json.strings(holder, "list", "change");
    } catch (ProaException e) {
      // Docker takes what is no JSON list for a line of shell.
      return null;
    }
  }

  /**
   * The pairs of {@code ENV}, {@code LABEL} and, with a value for each, {@code ARG}.
   *
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public static Map<String, String> pairs(String name, String rest, Words words) {
    Map<String, String> pairs = new LinkedHashMap<>();
    List<String> raw = words.raw(rest);
    if (!raw.getFirst().contains("=")) {
      // The old form: one name, and all of the rest its value.
      String[] parts = rest.split("\\s+", 2);
      if (parts.length < 2) {
        throw ProaException.invalid(name + " must have two arguments");
      }
      pairs.put(words.expand(parts[0]), words.expand(parts[1]));
      return pairs;
    }
    for (String word : raw) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw ProaException.invalid("Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
      }
      String key = words.expand(word.substring(0, equals));
      if (key.isEmpty()) {
        throw ProaException.invalid(name + " names can not be blank");
      }
      pairs.put(key, words.expand(word.substring(equals + 1)));
    }
    return pairs;
  }

  private void expose(String text) {
    var port = PORT.matcher(text.toLowerCase(Locale.ROOT));
    if (!port.matches()) {
      throw ProaException.invalid("invalid containerPort: " + text);
    }
    int first = Integer.parseInt(port.group(1));
    int last = port.group(2) == null ? first : Integer.parseInt(port.group(2));
    if (first < 1 || last > 65535 || last < first) {
      throw ProaException.invalid("invalid containerPort: " + text);
    }
    for (int number = first; number <= last; number++) {
      ports.add(number + "/" + (port.group(3) == null ? "tcp" : port.group(3)));
    }
  }

  private void volumes(String rest, Words words) {
    List<String> list = jsonList(rest);
    for (String volume : list != null ? list : words.split(rest)) {
      if (volume.isBlank()) {
        throw ProaException.invalid("VOLUME specified can not be an empty string");
      }
      volumes.add(volume.strip());
    }
  }

  private void workdir(String path) {
    String joined = path.startsWith("/") ? path : (workingDir.isEmpty() ? "/" : workingDir + "/") + path;
    workingDir = java.nio.file.Path.of(joined).normalize().toString();
  }

  private void shell(String rest) {
    List<String> list = jsonList(rest);
    if (list == null || list.isEmpty()) {
      throw ProaException.invalid("SHELL requires the arguments to be in JSON form");
    }
    shell = list;
  }

  private void onBuild(String rest) {
    String trigger = rest.split("\\s", 2)[0].toUpperCase(Locale.ROOT);
    switch (trigger) {
      case "ONBUILD" -> throw ProaException.invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      case "MAINTAINER", "FROM" -> throw ProaException.invalid(trigger + " isn't allowed as an ONBUILD trigger");
      default -> onBuild.add(rest);
    }
  }

  private void healthcheck(String rest) {
    Duration interval = Duration.ZERO;
    Duration timeout = Duration.ZERO;
    Duration startPeriod = Duration.ZERO;
    Duration startInterval = Duration.ZERO;
    int retries = 0;
    String left = rest;
    while (left.startsWith("--")) {
      String[] parts = left.split("\\s+", 2);
      String[] option = parts[0].substring(2).split("=", 2);
      String value = option.length < 2 ? "" : option[1];
      switch (option[0]) {
        case "interval" -> interval = Words.duration(value);
        case "timeout" -> timeout = Words.duration(value);
        case "start-period" -> startPeriod = Words.duration(value);
        case "start-interval" -> startInterval = Words.duration(value);
        case "retries" -> {
          if (!value.matches("\\d{1,9}")) {
            throw ProaException.invalid("--retries must be a number, not \"" + value + "\"");
          }
          retries = Integer.parseInt(value);
        }
        default -> throw ProaException.invalid("unknown flag: " + option[0]);
      }
      left = parts.length < 2 ? "" : parts[1];
    }
    String[] parts = left.split("\\s+", 2);
    List<String> test =
        switch (parts[0].toUpperCase(Locale.ROOT)) {
          case "NONE" -> List.of("NONE");
          case "CMD" -> {
            if (parts.length < 2) {
              throw ProaException.invalid("Missing command after HEALTHCHECK CMD");
            }
            List<String> exec = jsonList(parts[1]);
            List<String> command = new ArrayList<>(List.of(exec == null ? "CMD-SHELL" : "CMD"));
            command.addAll(exec == null ? List.of(parts[1]) : exec);
            yield command;
          }
          default -> throw ProaException.invalid("Unknown type \"" + parts[0] + "\" in HEALTHCHECK (try CMD)");
        };
    healthcheck = new Healthcheck(test, interval, timeout, startPeriod, startInterval, retries);
  }
}
