package dev.proa.api.plugins;

import dev.proa.api.images.RegistryAuth;
import dev.proa.api.router.Call;
import dev.proa.api.streams.ProgressStream;
import dev.proa.images.Artifacts;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.plugins.Drivers;
import dev.proa.plugins.PluginSources;
import dev.proa.api.settings.GroupDocument;
import dev.proa.plugins.Settings;
import dev.proa.plugins.Settings.Group;
import dev.proa.plugins.Plugins;
import dev.proa.plugins.Plugins.DriverName;
import dev.proa.plugins.Plugins.Installation;
import dev.proa.plugins.Plugins.PluginInfo;
import dev.proa.plugins.TrustedKeys;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Plugins, as the proa command manages them: with states, reasons, kept versions, signers, holders of leases. */
public final class ProaPluginHandlers {
  private final Plugins plugins;
  private final PluginSources sources;
  private final Artifacts artifacts;
  private final Drivers drivers;
  private final Settings settings;

  public ProaPluginHandlers(Plugins plugins, PluginSources sources, Artifacts artifacts, Drivers drivers, Settings settings) {
    this.plugins = plugins;
    this.sources = sources;
    this.artifacts = artifacts;
    this.drivers = drivers;
    this.settings = settings;
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Document(
      String id,
      String name,
      String symbolicName,
      String version,
      String description,
      String state,
      @Nullable String reason,
      boolean enabled,
      String origin,
      String source,
      String file,
      @Nullable String signer,
      @Nullable Instant installed,
      List<DriverName> drivers,
      List<String> imports,
      List<String> needs,
      List<String> kept,
      List<String> warnings,
      List<Plugins.Draining> draining,
      List<GroupDocument> settings) {
    static Document of(PluginInfo info, List<Group> groups) {
      return new Document(
          info.content().id(),
          info.name(),
          info.content().symbolicName(),
          info.content().version(),
          info.content().description(),
          lower(info.state()),
          info.reason(),
          info.enabled(),
          lower(info.origin()),
          info.source(),
          info.file().toString(),
          info.signer(),
          info.installed(),
          info.content().drivers(),
          info.content().imports(),
          info.content().needs(),
          info.kept(),
          info.warnings(),
          info.draining(),
          groups.stream().filter(group -> group.bundle().equals(info.content().symbolicName())).map(GroupDocument::of).toList());
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  void list(Call call) throws IOException {
    List<Group> groups = settings.list();
    call.json(plugins.list().stream().map(info -> Document.of(info, groups)).toList());
  }

  void inspect(Call call) throws IOException {
    call.json(Document.of(plugins.inspect(call.parameter()), settings.list()));
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Driver(String point, String name, String version, String bundle, String state, @Nullable String reason, int leases) {}

  void drivers(Call call) throws IOException {
    call.json(
        drivers.list().stream()
            .map(info -> new Driver(info.point(), info.name(), info.version(), info.bundle(), lower(info.state()), info.reason(), info.leases()))
            .toList());
  }

  /**
   * Installs and starts, or updates. Parameters: {@code source}, an address or a reference, or a jar as the body; {@code name}, what it has to be a version
   * of; {@code disabled}; {@code urgent}, without probation; {@code signature}, a detached one over the body, in base64.
   */
  void install(Call call) throws Exception {
    String source = call.query().get("source");
    String expected = call.query().orNull("name");
    Installation how = new Installation(alias(source), !call.query().flag("disabled"), !call.query().flag("urgent"));
    boolean upload = call.exchange().hasBody();
    if (source.isEmpty()) {
      throw ProaException.invalid("no plugin is named: use the parameter source");
    }
    if (upload) {
      // the body is read before the answer begins
      try (PluginIntake intake = PluginIntake.ofJar(call.exchange().body(), signature(call), source)) {
        ProgressStream.answer(call, progress -> install(intake, expected, how, progress));
      }
    } else {
      ProgressStream.answer(
          call,
          progress -> {
            try (PluginIntake intake =
                PluginIntake.fetch(source, sources, artifacts, RegistryAuth.ofHeader(call.exchange().header("X-Registry-Auth")), progress)) {
              install(intake, expected, how, progress);
            }
          });
    }
  }

  private @Nullable String alias(String source) {
    return source.isEmpty() || sources.knows(source) || source.startsWith("/") ? null : dev.proa.images.Reference.parse(source).orLatest().familiar();
  }

  private static byte @Nullable [] signature(Call call) {
    String signature = call.query().get("signature");
    try {
      return signature.isEmpty() ? null : Base64.getDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("the parameter signature is not base64");
    }
  }

  private void install(PluginIntake intake, @Nullable String expected, Installation how, ProgressSink progress) {
    if (expected != null) {
      String before = plugins.inspect(expected).content().symbolicName();
      String now = plugins.describe(intake.content().jar()).symbolicName();
      if (!before.equals(now)) {
        throw ProaException.invalid(intake.content().source() + " is a version of " + now + ", and " + expected + " is one of " + before);
      }
    }
    PluginInfo info = plugins.install(intake.content(), how, line -> progress.send(ProgressMessage.ofStatus(line)));
    info.warnings().forEach(warning -> progress.send(ProgressMessage.ofStatus("Warning: " + warning)));
    progress.send(ProgressMessage.ofStatus(info.name() + " is " + lower(info.state()) + (info.reason() == null ? "" : ": " + info.reason())));
  }

  void remove(Call call) throws IOException {
    call.json(Document.of(plugins.remove(call.parameter(), call.query().flag("force")), List.of()));
  }

  void rollback(Call call) throws IOException {
    call.json(Document.of(plugins.rollback(call.parameter(), line -> {}), settings.list()));
  }

  // ---- trust

  @JsonNaming(UpperCamelCaseStrategy.class)
  record TrustDocument(String policy, List<Key> keys) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Key(String name, String algorithm, String fingerprint) {
    static Key of(TrustedKeys.Key key) {
      return new Key(key.name(), key.algorithm(), key.fingerprint());
    }
  }

  @JsonNaming(UpperCamelCaseStrategy.class)
  record KeyRequest(@Nullable String name, @Nullable String pem) {}

  void trust(Call call) throws IOException {
    call.json(new TrustDocument(lower(plugins.trust().policy()), plugins.trust().list().stream().map(Key::of).toList()));
  }

  void addKey(Call call) throws IOException {
    KeyRequest request = call.body(KeyRequest.class, "KeyRequest");
    String name = request.name() == null ? "" : request.name();
    call.json(201, Key.of(plugins.trust().add(name, request.pem() == null ? "" : request.pem())));
  }

  void removeKey(Call call) throws IOException {
    plugins.trust().remove(call.parameter());
    call.noContent();
  }

  void policy(Call call) throws IOException {
    String wanted = call.query().get("policy").toUpperCase(Locale.ROOT);
    TrustedKeys.Policy policy =
        Arrays.stream(TrustedKeys.Policy.values())
            .filter(each -> each.name().equals(wanted))
            .findFirst()
            .orElseThrow(() -> ProaException.invalid("the policy is require, warn or off, not \"" + call.query().get("policy") + "\""));
    plugins.trust().policy(policy);
    call.noContent();
  }
}
