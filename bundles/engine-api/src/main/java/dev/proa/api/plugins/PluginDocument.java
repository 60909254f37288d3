package dev.proa.api.plugins;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proa.plugins.Plugins.DriverName;
import dev.proa.plugins.Plugins.PluginContent;
import dev.proa.plugins.Plugins.PluginInfo;
import dev.proa.plugins.Plugins.State;
import dev.proa.plugins.Settings.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.UpperCamelCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** A plugin as Docker's clients know it (Engine API {@code Plugin}). What a bundle has no word for is empty; what it is, is told by the description. */
@JsonNaming(UpperCamelCaseStrategy.class)
record PluginDocument(String id, String name, boolean enabled, Settings settings, String pluginReference, Config config) {

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Settings(List<Object> mounts, List<String> env, List<String> args, List<Object> devices) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Config(
      String description,
      String documentation,
      @JsonProperty("Interface") Interface socketInterface,
      List<String> entrypoint,
      String workDir,
      Network network,
      Linux linux,
      String propagatedMount,
      boolean ipcHost,
      boolean pidHost,
      List<Object> mounts,
      List<Env> env,
      Args args) {}

  /** @param types {@code docker.volumedriver/1.0}, a text on the wire whatever the description says */
  @JsonNaming(UpperCamelCaseStrategy.class)
  record Interface(List<String> types, String socket) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Network(String type) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Linux(List<String> capabilities, boolean allowAllDevices, List<Object> devices) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Env(String name, String description, List<String> settable, String value) {}

  @JsonNaming(UpperCamelCaseStrategy.class)
  record Args(String name, String description, List<String> settable, List<String> value) {}

  /** Engine API {@code PluginPrivilege}. */
  @JsonNaming(UpperCamelCaseStrategy.class)
  record Privilege(String name, String description, @Nullable List<String> value) {}

  /** @param groups all settings that there are */
  static PluginDocument of(PluginInfo info, List<Group> groups) {
    List<Env> env =
        groups.stream()
            .filter(group -> group.bundle().equals(info.content().symbolicName()))
            .flatMap(group -> group.settings().stream())
            .map(setting -> new Env(setting.key(), setting.description(), List.of("value"), String.join(",", setting.value())))
            .toList();
    PluginContent content = info.content();
    boolean up = info.enabled() && info.state() == State.ACTIVE;
    return new PluginDocument(
        content.id().replace("sha256:", ""),
        info.name(),
        up,
        new Settings(List.of(), env.stream().map(each -> each.name() + "=" + each.value()).toList(), List.of(), List.of()),
        info.source(),
        new Config(
            description(info),
            content.documentation(),
            new Interface(content.drivers().stream().map(PluginDocument::type).toList(), ""),
            List.of(),
            "",
            new Network("host"),
            new Linux(content.needs().stream().filter(need -> need.startsWith("CAP_")).toList(), false, List.of()),
            "",
            false,
            false,
            List.of(),
            env,
            new Args("", "", List.of(), List.of())));
  }

  /** What stands in the column DESCRIPTION: the reason first, where there is one. */
  private static String description(PluginInfo info) {
    List<String> drivers = info.content().drivers().stream().map(driver -> driver.point() + " " + driver.name()).toList();
    String what = drivers.isEmpty() ? info.content().description() : String.join(", ", drivers);
    return info.reason() == null ? what : info.state().name().toLowerCase(Locale.ROOT) + ": " + info.reason() + (what.isEmpty() ? "" : " (" + what + ")");
  }

  static String capability(DriverName driver) {
    return switch (driver.point()) {
      case "storage" -> "graphdriver";
      case "network" -> "networkdriver";
      case "volume" -> "volumedriver";
      case "log" -> "logdriver";
      default -> driver.point();
    };
  }

  private static String type(DriverName driver) {
    return (capability(driver).equals(driver.point()) ? "proa." : "docker.") + capability(driver) + "/1.0";
  }

  /** What the user is asked to grant. There is no sandbox in the daemon, so the first is the one that counts. */
  static List<Privilege> privileges(PluginContent content) {
    List<Privilege> privileges = new ArrayList<>();
    privileges.add(new Privilege("rights", "it runs in the daemon, with all of the daemon's rights", List.of("daemon")));
    if (!content.drivers().isEmpty()) {
      privileges.add(new Privilege("drivers", "what it brings", content.drivers().stream().map(driver -> driver.point() + " " + driver.name()).toList()));
    }
    if (!content.needs().isEmpty()) {
      privileges.add(new Privilege("needs", "what it declares to need beyond the SPI", content.needs()));
    }
    return privileges;
  }
}
