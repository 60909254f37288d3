package dev.proa.cli.compose;

import static dev.proa.cli.compose.model.Project.list;
import static dev.proa.cli.compose.model.Project.object;
import static dev.proa.cli.compose.model.Project.text;

import dev.proa.cli.compose.model.ComposeException;
import dev.proa.cli.compose.model.Project;
import dev.proa.cli.compose.model.Project.Dependency;
import dev.proa.cli.compose.model.Scale;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Brings the containers of services to what the project says: makes, makes anew what has changed, removes what is too much, starts. */
final class Convergence {
  /**
   * What the command line asks for.
   *
   * @param forced to make all named services' containers anew
   * @param kept to leave containers that have changed as they are
   * @param renewVolumes to begin with new anonymous volumes
   * @param stopSeconds how long containers may take to stop; null for what they say
   * @param scale counts of containers that differ from what the project says
   * @param start whether to start them, too
   */
  record Wanted(boolean forced, boolean kept, boolean renewVolumes, @Nullable Long stopSeconds, Map<String, Integer> scale, boolean start) {}

  private final Project project;
  private final Engine engine;
  private final Report report;
  private final Images images;
  private final Wanted wanted;
  private final Hooks hooks;
  private final Map<String, List<Container>> containers = new ConcurrentHashMap<>();
  private final Set<String> renewed = ConcurrentHashMap.newKeySet();

  Convergence(Project project, Engine engine, Report report, Images images, Wanted wanted) {
    this.project = project;
    this.engine = engine;
    this.report = report;
    this.images = images;
    this.wanted = wanted;
    this.hooks = new Hooks(engine, report, project);
  }

  /** @param named the services that the command line names; those that they depend on are only made anew if they have changed */
  void run(List<String> services, List<String> named) throws IOException {
    Map<String, List<Container>> found = Container.of(engine, project.name(), false).stream().collect(Collectors.groupingBy(Container::service));
    containers.putAll(found);
    Graph.each(services, name -> project.dependencies(name).keySet(), name -> converge(name, named.isEmpty() || named.contains(name)));
    if (wanted.start()) {
      Graph.each(services, name -> project.dependencies(name).keySet(), this::start);
    }
  }

  // ---- containers as they are to be

  private void converge(String name, boolean named) throws IOException {
    Map<String, @Nullable Object> service = project.service(name);
    int scale = wanted.scale().getOrDefault(name, Scale.of(service));
    List<Container> before = new ArrayList<>(containers.getOrDefault(name, List.of()));
    String hash = hash(name);
    String image = Objects.requireNonNullElse(images.id(name), Images.name(project, name));
    List<Container> now = new ArrayList<>();
    Set<Integer> numbers = new HashSet<>();
    for (Container container : before) {
      if (now.size() >= scale || container.state().equals(Container.GONE)) {
        stop(container);
        remove(container);
        continue;
      }
      boolean other = !container.hash().equals(hash) || !container.label(Labels.IMAGE).isEmpty() && !container.label(Labels.IMAGE).equals(image) || joinsRenewed(name);
      boolean anew = wanted.forced() && named || other && !wanted.kept();
      now.add(anew ? replace(name, container, hash, image) : container);
      numbers.add(container.number());
      if (!anew) {
        report.line("Container", container.name(), container.runs() ? "Running" : "Created");
      }
    }
    for (int number = 1, missing = scale - now.size(); missing > 0; number++) {
      if (numbers.add(number)) {
        now.add(new Container("new " + number, name(name, number), name, number, false, hash, "", Map.of()));
        missing--;
      }
    }
    Queue<Container> made = new ConcurrentLinkedQueue<>(now.stream().filter(each -> !each.state().isEmpty()).toList());
    Graph.all(
        now.stream().filter(each -> each.state().isEmpty()).toList(),
        each -> {
          report.line("Container", each.name(), "Creating");
          String id = create(name, each.name(), each.number(), hash, image, Map.of());
          report.line("Container", each.name(), "Created");
          made.add(new Container(id, each.name(), name, each.number(), false, hash, "created", Map.of()));
        });
    containers.put(name, made.stream().sorted(Comparator.comparingInt(Container::number)).toList());
  }

  /** A container that joins another's namespace has to follow it. */
  private boolean joinsRenewed(String name) {
    Map<String, @Nullable Object> service = project.service(name);
    return List.of("network_mode", "ipc", "pid").stream().map(key -> text(service.get(key))).anyMatch(mode -> mode.startsWith("service:") && renewed.contains(mode.substring("service:".length())))
        || list(service.get("volumes_from")).stream().anyMatch(from -> renewed.contains(text(from).replaceFirst(":.*", "")));
  }

  private String name(String service, int number) {
    String given = text(project.service(service).get("container_name"));
    return given.isEmpty() ? project.name() + "-" + service + "-" + number : given;
  }

  /** The new one is there before the old one goes, so that a body that is refused leaves what runs. */
  private Container replace(String service, Container old, String hash, String image) throws IOException {
    String name = name(service, old.number());
    report.line("Container", old.name(), "Recreate");
    Map<String, String> kept = wanted.renewVolumes() ? Map.of() : anonymousVolumes(old);
    String temporary = old.id().substring(0, 12) + "_" + name;
    String id = create(service, temporary, old.number(), hash, image, kept);
    stop(old);
    engine.delete("/containers/" + old.id() + "?force=1");
    engine.post("/containers/" + id + "/rename?name=" + Engine.escape(name), null);
    renewed.add(service);
    report.line("Container", name, "Recreated");
    return new Container(id, name, service, old.number(), false, hash, "created", Map.of());
  }

  /** Where each is mounted, and its name. */
  private Map<String, String> anonymousVolumes(Container container) throws IOException {
    Map<String, String> volumes = new LinkedHashMap<>();
    Set<String> ours = project.volumes().values().stream().map(volume -> text(volume.get("name"))).collect(Collectors.toSet());
    Set<String> written = new HashSet<>();
    for (Object volume : list(project.service(container.service()).get("volumes"))) {
      if (object(volume).get("source") != null) {
        written.add(text(object(volume).get("target")));
      }
    }
    for (Object mount : Json.list(container.inspect(engine), "Mounts")) {
      String target = Json.text(mount, "Destination");
      String name = Json.text(mount, "Name");
      if (Json.text(mount, "Type").equals("volume") && !ours.contains(name) && !written.contains(target) && name.matches("[0-9a-f]{64}")) {
        volumes.put(target, name);
      }
    }
    return volumes;
  }

  private String create(String service, String container, int number, String hash, String image, Map<String, String> kept) throws IOException {
    Map<String, String> labels = labels(service, number, false);
    labels.put(Labels.HASH, hash);
    labels.put(Labels.IMAGE, image);
    return create(service, project.service(service), container, labels, kept, true);
  }

  /** Makes a container and gives it the secrets and configs that no file holds. */
  String create(String service, Map<String, @Nullable Object> spec, String container, Map<String, String> labels, Map<String, String> kept, boolean aliases) throws IOException {
    ContainerBody body = new ContainerBody(project, service, spec, this::other);
    String platform = text(spec.get("platform"));
    Object created =
        engine.post(
            "/containers/create?name=" + Engine.escape(container) + (platform.isEmpty() ? "" : "&platform=" + Engine.escape(platform)),
            body.build(Images.name(project, service), labels, kept, aliases));
    String id = Json.text(created, "Id");
    try {
      for (String kind : List.of("secrets", "configs")) {
        for (Object use : list(spec.get(kind))) {
          SecretFile file = SecretFile.of(project, kind, object(use));
          if (file.path() == null) {
            file.put(engine, id);
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      try {
        engine.delete("/containers/" + id + "?force=1&v=1");
      } catch (IOException | EngineException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
    return id;
  }

  Map<String, String> labels(String service, int number, boolean oneOff) {
    Map<String, String> labels = new TreeMap<>();
    labels.put(Labels.PROJECT, project.name());
    labels.put(Labels.SERVICE, service);
    labels.put(Labels.NUMBER, String.valueOf(number));
    labels.put(Labels.ONE_OFF, oneOff ? "True" : "False");
    labels.put(Labels.VERSION, Labels.VERSION_VALUE);
    labels.put(Labels.DIRECTORY, project.directory().toString());
    labels.put(Labels.FILES, project.files().stream().map(String::valueOf).collect(Collectors.joining(",")));
    labels.put(
        Labels.DEPENDS_ON,
        project.dependencies(service).entrySet().stream().map(each -> each.getKey() + ":" + each.getValue().condition() + ":" + each.getValue().restart()).collect(Collectors.joining(",")));
    return labels;
  }

  /** What a container of another service is called. */
  private String other(String service, String what) {
    List<Container> others = containers.getOrDefault(service, List.of());
    if (others.isEmpty()) {
      try {
        others = Container.ofServices(Container.of(engine, project.name(), false), List.of(service));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (others.isEmpty()) {
      throw new ComposeException("service " + service + ", which " + what + " names, has no container");
    }
    return what.equals("links") ? others.getFirst().name() : others.getFirst().id();
  }

  /** A digest of what a service is: another one means that its containers are to be made anew. */
  private String hash(String name) {
    Map<String, @Nullable Object> service = new TreeMap<>(project.service(name));
    List.of("build", "pull_policy", "scale", "depends_on", "profiles", "attach", "develop").forEach(service::remove);
    if (service.get("deploy") != null) {
      Map<String, @Nullable Object> deploy = new TreeMap<>(object(service.get("deploy")));
      deploy.remove("replicas");
      service.put("deploy", deploy);
    }
    Map<String, @Nullable Object> all = new TreeMap<>();
    all.put("service", service);
    for (Object use : list(service.get("secrets"))) {
      all.put("secret " + object(use).get("source"), project.secrets().get(text(object(use).get("source"))));
    }
    for (Object use : list(service.get("configs"))) {
      all.put("config " + object(use).get("source"), project.configs().get(text(object(use).get("source"))));
    }
    object(service.get("networks")).keySet().forEach(network -> all.put("network " + network, object(project.networks().get(network)).get("name")));
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Json.write(all).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- starting

  private void start(String name) throws IOException {
    List<Container> own = containers.getOrDefault(name, List.of());
    if (own.stream().allMatch(each -> each.state().equals("running"))) {
      return;
    }
    waitFor(name);
    Graph.all(
        own.stream().filter(each -> !each.state().equals("running")).toList(),
        container -> {
          report.line("Container", container.name(), "Starting");
          boolean paused = container.state().equals("paused");
          engine.post("/containers/" + container.id() + (paused ? "/unpause" : "/start"), null);
          if (!paused) {
            hooks.afterStart(container);
          }
          report.line("Container", container.name(), "Started");
        });
  }

  /** Waits for what a service depends on. */
  void waitFor(String name) throws IOException {
    for (Map.Entry<String, Dependency> dependency : project.dependencies(name).entrySet()) {
      String condition = dependency.getValue().condition();
      if (!project.services().containsKey(dependency.getKey()) || condition.equals("service_started")) {
        continue;
      }
      Set<Container> others = new LinkedHashSet<>(containers.getOrDefault(dependency.getKey(), List.of()));
      if (others.isEmpty()) {
        others.addAll(Container.ofServices(Container.of(engine, project.name(), false), List.of(dependency.getKey())));
      }
      for (Container other : others) {
        report.line("Container", other.name(), "Waiting");
        try {
          if (condition.equals("service_healthy")) {
            Waiting.healthy(engine, other, false, null);
            report.line("Container", other.name(), "Healthy");
          } else {
            long status = Waiting.ended(engine, other);
            if (status != 0) {
              throw new ComposeException("service \"" + dependency.getKey() + "\" didn't complete successfully: exit " + status);
            }
            report.line("Container", other.name(), "Exited");
          }
        } catch (ComposeException e) {
          if (dependency.getValue().required()) {
            throw new ComposeException("dependency failed to start: " + e.getMessage());
          }
          report.warning("optional dependency of service " + name + ": " + e.getMessage());
        }
      }
    }
  }

  // ---- stopping

  private void stop(Container container) throws IOException {
    if (container.runs()) {
      hooks.beforeStop(container);
      engine.post("/containers/" + container.id() + "/stop" + (wanted.stopSeconds() == null ? "" : "?t=" + wanted.stopSeconds()), null);
    }
  }

  private void remove(Container container) throws IOException {
    engine.delete("/containers/" + container.id() + "?force=1");
    report.line("Container", container.name(), "Removed");
  }

  /** What there is of each service after {@link #run}. */
  List<Container> result() {
    return containers.values().stream().flatMap(List::stream).toList();
  }
}
