package dev.proa.api.plugins;

import dev.proa.api.images.RegistryAuth;
import dev.proa.api.json.Json;
import dev.proa.api.json.JsonBody;
import dev.proa.api.plugins.PluginDocument.Privilege;
import dev.proa.api.router.Call;
import dev.proa.api.streams.ProgressStream;
import dev.proa.images.Artifacts;
import dev.proa.images.ProgressMessage;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.plugins.PluginSources;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Plugins.Installation;
import dev.proa.plugins.Plugins.PluginInfo;
import dev.proa.plugins.Plugins.State;
import dev.proa.plugins.Settings;
import dev.proa.plugins.Settings.Group;
import dev.proa.plugins.Settings.Setting;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Plugins, as the docker command manages them. */
public final class PluginHandlers {
  private final Plugins plugins;
  private final PluginSources sources;
  private final Artifacts artifacts;
  private final Settings settings;

  public PluginHandlers(Plugins plugins, PluginSources sources, Artifacts artifacts, Settings settings) {
    this.plugins = plugins;
    this.sources = sources;
    this.artifacts = artifacts;
    this.settings = settings;
  }

  /** Filters: {@code capability}, {@code enabled}; the latter is {@code enable} in the description. */
  void list(Call call) throws IOException {
    Map<String, List<String>> filters = call.query().filters();
    for (String name : filters.keySet()) {
      if (!List.of("capability", "enabled", "enable").contains(name)) {
        throw ProaException.invalid("invalid filter '" + name + "'");
      }
    }
    List<String> enabled = filters.getOrDefault("enabled", filters.getOrDefault("enable", List.of()));
    for (String value : enabled) {
      if (!List.of("true", "false", "1", "0").contains(value)) {
        throw ProaException.invalid("invalid filter 'enabled=[" + String.join(" ", enabled) + "]'");
      }
    }
    List<String> capabilities = filters.getOrDefault("capability", List.of());
    List<PluginDocument> documents = new ArrayList<>();
    List<Group> groups = settings.list();
    for (PluginInfo info : plugins.list()) {
      PluginDocument document = PluginDocument.of(info, groups);
      boolean capable = info.content().drivers().stream().anyMatch(driver -> capabilities.contains(PluginDocument.capability(driver)));
      boolean asAsked = enabled.isEmpty() || enabled.stream().anyMatch(value -> (value.equals("true") || value.equals("1")) == document.enabled());
      if (info.state() != State.SHADOWED && asAsked && (capabilities.isEmpty() || capable)) {
        documents.add(document);
      }
    }
    call.json(documents);
  }

  void inspect(Call call) throws IOException {
    call.json(PluginDocument.of(plugins.inspect(call.parameter()), settings.list()));
  }

  void privileges(Call call) throws IOException {
    try (PluginIntake intake = fetch(call, source(call), message -> {})) {
      call.json(PluginDocument.privileges(plugins.describe(intake.content().jar())));
    }
  }

  private static String source(Call call) {
    String remote = call.query().get("remote");
    if (remote.isEmpty()) {
      throw ProaException.invalid("no plugin is named: use the parameter remote");
    }
    return remote;
  }

  private PluginIntake fetch(Call call, String source, dev.proa.images.ProgressSink progress) throws IOException {
    RegistryCredentials credentials = RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth"));
    try {
      return PluginIntake.fetch(source, sources, artifacts, credentials, progress);
    } catch (ProaException e) {
      // on a 401 from the engine the docker command asks for a password
      throw e.is(ErrorClass.UNAUTHENTICATED) ? ProaException.internal(String.valueOf(e.getMessage()), e.getCause()) : e;
    }
  }

  /** Installs and does not start: the docker command enables by a request of its own. */
  void pull(Call call) throws Exception {
    String source = source(call);
    String name = call.query().get("name").isEmpty() ? source : call.query().get("name");
    String alias = sources.knows(name) ? null : familiar(name);
    if (alias != null && taken(alias)) {
      throw ProaException.alreadyExists("plugin " + alias + " already exists");
    }
    JsonNode granted = JsonBody.tree(call.exchange());
    if (alias != null) {
      call.exchange().setHeader("Docker-Plugin-Name", alias);
    }
    ProgressStream.answer(
        call,
        progress -> {
          try (PluginIntake intake = fetch(call, source, progress)) {
            checkGranted(granted, PluginDocument.privileges(plugins.describe(intake.content().jar())));
            plugins.install(intake.content(), new Installation(alias, false, true), line -> progress.send(ProgressMessage.ofStatus(line)));
          }
        });
  }

  private static String familiar(String name) {
    return Reference.parse(name).orLatest().familiar();
  }

  private boolean taken(String alias) {
    return plugins.list().stream().anyMatch(info -> info.name().equals(alias));
  }

  /** What was granted has to be what is asked for: the one who agreed has seen it. A client that grants nothing at all has not asked. */
  private static void checkGranted(@Nullable JsonNode granted, List<Privilege> asked) {
    if (granted == null || granted.isNull() || granted.isArray() && granted.isEmpty()) {
      return;
    }
    JsonNode wanted = Json.mapper().valueToTree(asked);
    HashSet<String> given = new HashSet<>();
    granted.forEach(each -> given.add(each.path("Name").asString("") + each.path("Value")));
    HashSet<String> needed = new HashSet<>();
    wanted.forEach(each -> needed.add(each.path("Name").asString("") + each.path("Value")));
    if (!given.equals(needed)) {
      throw ProaException.permissionDenied("incorrect privileges: the plugin asks for " + wanted);
    }
  }

  void create(Call call) throws Exception {
    String name = call.query().get("name");
    if (name.isEmpty()) {
      throw ProaException.invalid("a plugin needs a name");
    }
    String alias = familiar(name);
    if (taken(alias)) {
      throw ProaException.alreadyExists("plugin " + alias + " already exists");
    }
    try (PluginIntake intake = PluginIntake.ofArchive(call.exchange().body(), alias)) {
      plugins.install(intake.content(), new Installation(alias, false, true), line -> {});
    }
    call.noContent();
  }

  void enable(Call call) throws IOException {
    plugins.enable(call.parameter(), line -> {});
    call.exchange().send(200);
  }

  void disable(Call call) throws IOException {
    plugins.disable(call.parameter(), call.query().flag("force"));
    call.exchange().send(200);
  }

  /** Replaces the version, and keeps it disabled if it was. */
  void upgrade(Call call) throws Exception {
    PluginInfo before = plugins.inspect(call.parameter());
    String source = source(call);
    JsonNode granted = JsonBody.tree(call.exchange());
    ProgressStream.answer(
        call,
        progress -> {
          try (PluginIntake intake = fetch(call, source, progress)) {
            Plugins.PluginContent content = plugins.describe(intake.content().jar());
            if (!content.symbolicName().equals(before.content().symbolicName())) {
              throw ProaException.invalid(
                  source + " is a version of " + content.symbolicName() + ", and " + before.name() + " is one of " + before.content().symbolicName());
            }
            checkGranted(granted, PluginDocument.privileges(content));
            plugins.install(
                intake.content(), new Installation(before.name(), before.enabled(), true), line -> progress.send(ProgressMessage.ofStatus(line)));
          }
        });
  }

  void push(Call call) throws Exception {
    PluginInfo info = plugins.inspect(call.parameter());
    RegistryCredentials credentials = RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth"));
    List<Artifacts.Part> parts = new ArrayList<>(List.of(new Artifacts.Part(PluginIntake.JAR, info.file())));
    Path signature = info.file().resolveSibling(info.file().getFileName() + ".sig");
    if (Files.isRegularFile(signature)) {
      parts.add(new Artifacts.Part(PluginIntake.SIGNATURE, signature));
    }
    ProgressStream.answer(call, progress -> artifacts.push(info.name(), PluginIntake.ARTIFACT, parts, credentials, progress));
  }

  /** The body: a list of {@code KEY=VALUE}; an empty value is the default. Unlike Docker's, a plugin may be enabled meanwhile. */
  void set(Call call) throws IOException {
    PluginInfo info = plugins.inspect(call.parameter());
    JsonNode body = JsonBody.tree(call.exchange());
    if (body == null || !body.isArray() || body.isEmpty()) {
      throw ProaException.invalid("invalid JSON: a list of KEY=VALUE is needed");
    }
    List<Group> groups = settings.list().stream().filter(group -> group.bundle().equals(info.content().symbolicName())).toList();
    Map<String, Map<String, List<String>>> changes = new LinkedHashMap<>();
    for (JsonNode each : body) {
      String text = each.asString();
      int equals = text.indexOf('=');
      String key = equals < 0 ? text : text.substring(0, equals);
      Group group =
          groups.stream()
              .filter(candidate -> candidate.settings().stream().anyMatch(setting -> setting.key().equals(key)))
              .findFirst()
              .orElseThrow(() -> ProaException.invalid("setting \"" + key + "\" not found in the plugin configuration: known are " + keys(groups)));
      if (equals < 0) {
        throw ProaException.invalid("\"" + text + "\" is not KEY=VALUE");
      }
      List<String> values = changes.computeIfAbsent(group.pid(), pid -> new LinkedHashMap<>()).computeIfAbsent(key, unset -> new ArrayList<>());
      if (equals < text.length() - 1) {
        values.add(text.substring(equals + 1));
      }
    }
    changes.forEach(settings::set);
    call.noContent();
  }

  private static String keys(List<Group> groups) {
    List<String> keys = groups.stream().flatMap(group -> group.settings().stream()).map(Setting::key).toList();
    return keys.isEmpty() ? "none" : String.join(", ", keys);
  }

  void remove(Call call) throws IOException {
    PluginInfo before = plugins.inspect(call.parameter());
    boolean force = call.query().flag("force");
    if (before.enabled() && before.state() == State.ACTIVE && !force) {
      throw ProaException.conflict("plugin " + before.name() + " is enabled: disable it first, or force its removal");
    }
    call.json(PluginDocument.of(plugins.remove(call.parameter(), force), List.of()));
  }
}
