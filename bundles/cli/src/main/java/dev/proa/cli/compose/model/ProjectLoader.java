package dev.proa.cli.compose.model;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.compose.model.Value.Fields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds a project's files and reads them: variables, {@code include}, {@code extends}, one file on top of the other, profiles, and what has to hold. */
public final class ProjectLoader {
  private static final List<String> NAMES = List.of("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml");
  private static final int MAX_INCLUDES = 64;

  /**
   * What the command line says of a project.
   *
   * @param files empty for those that are found
   * @param directory null for the first file's
   * @param environment this process's
   */
  public record Options(
      List<String> files, @Nullable String name, @Nullable String directory, List<String> profiles, List<String> envFiles, Path workingDirectory, Map<String, String> environment) {}

  private static final String[] SECTIONS = {"services", "networks", "volumes", "secrets", "configs"};

  private final Options options;
  private final List<String> warnings = new ArrayList<>();
  private final Set<String> unset = new LinkedHashSet<>();
  private int included;

  private ProjectLoader(Options options) {
    this.options = options;
  }

  /** @throws ComposeException if it is none, with file and line where there is one */
  public static Project load(Options options) throws IOException {
    return new ProjectLoader(options).project();
  }

  /** The name alone, for verbs that need no files: null if only the files can tell it. */
  public static @Nullable String givenName(Options options) {
    return options.name() != null && !options.name().isEmpty() ? options.name() : options.environment().get("COMPOSE_PROJECT_NAME");
  }

  private Project project() throws IOException {
    List<Path> files = files();
    Path directory = options.directory() == null ? parent(files.getFirst()) : options.workingDirectory().resolve(options.directory()).toAbsolutePath().normalize();
    Map<String, String> variables = variables(directory, options.envFiles(), options.environment());
    Map<String, @Nullable Object> sections = new LinkedHashMap<>();
    String name = null;
    List<Fields> trees = new ArrayList<>();
    for (Path file : files) {
      Fields tree = YamlFile.read(file);
      trees.add(tree);
      Value named = tree.fields().get("name");
      if (named != null && !named.absent()) {
        name = new Interpolation(variables, unset::add).in(Shapes.text(named, "name"), named.place());
        checkName(name);
      }
    }
    String given = options.name() != null && !options.name().isEmpty() ? options.name() : variables.getOrDefault("COMPOSE_PROJECT_NAME", "");
    if (!given.isEmpty()) {
      checkName(given);
      name = given;
    } else if (name == null) {
      Path last = directory.getFileName();
      name = (last == null ? "" : last.toString()).toLowerCase(Locale.ROOT).replaceAll("[^-_a-z0-9]", "").replaceFirst("^[-_]+", "");
      if (name.isEmpty()) {
        throw new ComposeException("project name must not be empty: the folder " + directory + " gives none; use -p");
      }
    }
    variables.putIfAbsent("COMPOSE_PROJECT_NAME", name);
    for (int i = 0; i < files.size(); i++) {
      sections = Merge.of(sections, read(files.get(i), trees.get(i), directory, variables));
    }
    unset.forEach(variable -> warnings.add("The \"" + variable + "\" variable is not set. Defaulting to a blank string."));
    return finished(name, directory, files, sections, variables);
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  private static void checkName(String name) {
    if (!name.matches("[a-z0-9][a-z0-9_-]*")) {
      throw new ComposeException(
          "invalid project name \"" + name + "\": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number");
    }
  }

  private List<Path> files() {
    List<String> given = options.files();
    if (given.isEmpty()) {
      String variable = options.environment().getOrDefault("COMPOSE_FILE", "");
      given = variable.isEmpty() ? List.of() : List.of(variable.split(options.environment().getOrDefault("COMPOSE_PATH_SEPARATOR", ":")));
    }
    if (!given.isEmpty()) {
      return given.stream().map(file -> options.workingDirectory().resolve(file).toAbsolutePath().normalize()).toList();
    }
    Path start = options.directory() == null ? options.workingDirectory() : options.workingDirectory().resolve(options.directory());
    for (Path folder = start.toAbsolutePath().normalize(); folder != null; folder = folder.getParent()) {
      for (String name : NAMES) {
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file)) {
          List<Path> files = new ArrayList<>(List.of(file));
          String stem = name.substring(0, name.indexOf('.'));
          for (String ending : List.of(".override.yml", ".override.yaml")) {
            if (Files.isRegularFile(folder.resolve(stem + ending))) {
              files.add(folder.resolve(stem + ending));
              break;
            }
          }
          return files;
        }
      }
    }
    throw new ComposeException("no configuration file provided: not found (looked for " + String.join(", ", NAMES) + " in " + start.toAbsolutePath().normalize() + " and above)");
  }

  /** What the environment says wins over {@code .env}. */
  private Map<String, String> variables(Path directory, List<String> envFiles, Map<String, String> environment) throws IOException {
    Map<String, String> variables = new HashMap<>();
    if (envFiles.isEmpty()) {
      if (Files.isRegularFile(directory.resolve(".env"))) {
        addAll(variables, EnvFile.read(directory.resolve(".env"), environment));
      }
    }
    for (String file : envFiles) {
      Path path = options.workingDirectory().resolve(file);
      if (!Files.isRegularFile(path)) {
        throw new ComposeException("couldn't find env file: " + path.toAbsolutePath());
      }
      addAll(variables, EnvFile.read(path, environment));
    }
    variables.putAll(environment);
    return variables;
  }

  private static void addAll(Map<String, String> variables, Map<String, @Nullable String> more) {
    more.forEach(
        (name, value) -> {
          if (value != null) {
            variables.put(name, value);
          }
        });
  }

  // ---- one file

  private Map<String, @Nullable Object> read(Path file, Fields raw, Path directory, Map<String, String> variables) throws IOException {
    Fields tree = new Interpolation(variables, unset::add).in(raw);
    Map<String, @Nullable Object> sections = new LinkedHashMap<>();
    Value include = tree.fields().get("include");
    if (include != null && !include.absent()) {
      for (Value each : Shapes.items(include, "include")) {
        sections = Merge.of(sections, include(each, directory, variables));
      }
    }
    ResourceReader resources = new ResourceReader(directory, warnings::add);
    ServiceReader services = new ServiceReader(directory, variables, warnings::add);
    Map<String, @Nullable Object> own = new LinkedHashMap<>();
    for (Map.Entry<String, Value> field : tree.fields().entrySet()) {
      String key = field.getKey();
      Value value = field.getValue();
      switch (key) {
        case "services" -> {
          Map<String, @Nullable Object> read = new LinkedHashMap<>();
          if (!value.absent()) {
            for (Map.Entry<String, Value> service : Shapes.fields(value, "services").entrySet()) {
              checkServiceName(service.getKey(), service.getValue());
              read.put(service.getKey(), extended(services.read(service.getValue(), "services." + service.getKey()), file, tree, directory, variables, new ArrayList<>(List.of(file + "#" + service.getKey()))));
            }
          }
          own.put(key, read);
        }
        case "networks", "volumes", "secrets", "configs" -> own.put(key, resources.read(key, value));
        case "version", "name", "include" -> {} // said to be obsolete, read already, done
        default -> {
          if (!key.startsWith("x-")) {
            warnings.add(tree.keys().getOrDefault(key, tree.place()) + ": " + key + ": unknown key, which is ignored");
          }
        }
      }
    }
    return Merge.of(sections, own);
  }

  private static void checkServiceName(String name, Value value) {
    if (!name.matches("[a-zA-Z0-9._-]+")) {
      throw value.place().error("services." + name + ": a name of a service has letters, digits, dots, dashes and underscores alone");
    }
  }

  private Map<String, @Nullable Object> include(Value value, Path directory, Map<String, String> variables) throws IOException {
    if (++included > MAX_INCLUDES) {
      throw value.place().error("include: more than " + MAX_INCLUDES + " files, or a file that includes itself");
    }
    Map<String, @Nullable Object> how =
        value instanceof Value.Text text
            ? new LinkedHashMap<>(Map.of("path", List.of(text.text())))
            : new Mapping().with(Shapes::textOrTexts, "path", "env_file").with("project_directory", Shapes::text).read(value, "include", warnings::add);
    List<Path> files = list(how.get("path")).stream().map(path -> Path.of(ShortSyntax.absolute(String.valueOf(path), directory))).toList();
    if (files.isEmpty()) {
      throw value.place().error("include: path is missing");
    }
    Path own = how.get("project_directory") == null ? parent(files.getFirst()) : Path.of(ShortSyntax.absolute(text(how.get("project_directory")), directory));
    Map<String, String> inner = variables(own, list(how.get("env_file")).stream().map(each -> ShortSyntax.absolute(String.valueOf(each), directory)).toList(), variables);
    Map<String, @Nullable Object> sections = new LinkedHashMap<>();
    for (Path file : files) {
      sections = Merge.of(sections, read(file, YamlFile.read(file), own, inner));
    }
    return sections;
  }

  private Map<String, @Nullable Object> extended(
      Map<String, @Nullable Object> service, Path file, Fields tree, Path directory, Map<String, String> variables, List<String> open) throws IOException {
    Map<String, @Nullable Object> from = object(service.get("extends"));
    if (from.isEmpty()) {
      return service;
    }
    String name = text(from.get("service"));
    Path other = from.get("file") == null ? file : Path.of(text(from.get("file")));
    Fields otherTree = other.equals(file) ? tree : new Interpolation(variables, unset::add).in(YamlFile.read(other));
    Path otherDirectory = other.equals(file) ? directory : parent(other);
    String mark = other + "#" + name;
    if (open.contains(mark)) {
      throw new ComposeException(file + ": circular reference with extends: " + String.join(" -> ", open) + " -> " + mark);
    }
    open.add(mark);
    Value services = otherTree.fields().get("services");
    Value base = services instanceof Fields fields ? fields.fields().get(name) : null;
    if (base == null) {
      throw new ComposeException(file + ": cannot extend service \"" + name + "\" in " + other + ": service not found");
    }
    Map<String, @Nullable Object> read =
        extended(new ServiceReader(otherDirectory, variables, warnings::add).read(base, "services." + name), other, otherTree, otherDirectory, variables, open);
    Map<String, @Nullable Object> own = new LinkedHashMap<>(service);
    own.remove("extends");
    return Merge.of(read, own);
  }

  // ---- the whole

  private Project finished(String name, Path directory, List<Path> files, Map<String, @Nullable Object> sections, Map<String, String> variables) {
    Map<String, Map<String, Map<String, @Nullable Object>>> all = new HashMap<>();
    for (String section : SECTIONS) {
      Map<String, Map<String, @Nullable Object>> read = new TreeMap<>();
      object(sections.get(section)).forEach((key, value) -> read.put(key, Merge.done(object(value))));
      all.put(section, read);
    }
    Map<String, Map<String, @Nullable Object>> services = all.getOrDefault("services", Map.of());
    Set<String> profiles = new LinkedHashSet<>(options.profiles());
    profiles.addAll(List.of(variables.getOrDefault("COMPOSE_PROFILES", "").split(",")));
    Set<String> disabled = new LinkedHashSet<>();
    services.forEach(
        (key, service) -> {
          List<?> own = list(service.get("profiles"));
          if (!own.isEmpty() && !profiles.contains("*") && own.stream().noneMatch(each -> profiles.contains(String.valueOf(each)))) {
            disabled.add(key);
          }
        });
    Map<String, Map<String, @Nullable Object>> enabled = new TreeMap<>(services);
    enabled.keySet().removeAll(disabled);
    Completion completion = new Completion(name, all, variables);
    enabled.forEach(completion::service);
    completion.resources();
    Project project =
        new Project(
            name, directory, files, enabled, disabled, all.getOrDefault("networks", Map.of()), all.getOrDefault("volumes", Map.of()), all.getOrDefault("secrets", Map.of()),
            all.getOrDefault("configs", Map.of()), variables, warnings);
    Completion.check(project);
    return project;
  }
}
