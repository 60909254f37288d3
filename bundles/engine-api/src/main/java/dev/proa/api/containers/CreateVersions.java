package dev.proa.api.containers;

import dev.proa.api.json.Members;
import dev.proa.api.router.ApiVersion;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request to create a container means in the version of the API it was made for: members that a version does not know yet are dropped, what it
 * took for granted is filled in, and what must not be dropped in silence is refused (the Engine API's version history).
 */
final class CreateVersions {
  private CreateVersions() {}

  /**
   * Rewrites the request as one of today.
   *
   * @return warnings
   */
  static List<String> translate(ObjectNode body, ApiVersion version) {
    ObjectNode host = Members.object(body, "HostConfig");
    ObjectNode endpoints = Members.object(Members.object(body, "NetworkingConfig"), "EndpointsConfig");
    for (JsonNode mount : Members.of(host, "Mounts")) {
      if (mount instanceof ObjectNode object) {
        mount(object, version);
      }
    }
    if (version.before(1, 40) && Members.text(host, "IpcMode").isEmpty()) {
      Members.remove(host, "IpcMode");
      host.put("IpcMode", "shareable");
      Members.remove(body, "HostConfig");
      body.set("HostConfig", host);
    }
    if (version.before(1, 42)) {
      Members.remove(host, "ConsoleSize");
    }
    if (version.before(1, 43)) {
      Members.remove(host, "Annotations");
    }
    if (version.before(1, 44)) {
      Members.remove(Members.object(body, "Healthcheck"), "StartInterval");
      if (endpoints.size() > 1) {
        throw ProaException.invalid(
            "Container cannot be created with multiple network endpoints: " + String.join(", ", endpoints.propertyNames()));
      }
    }
    if (version.before(1, 48)) {
      endpoints.forEach(endpoint -> Members.remove(endpoint, "GwPriority"));
    }
    List<String> warnings = new ArrayList<>();
    macAddress(body, Members.text(host, "NetworkMode"), endpoints, version, warnings);
    if (!version.before(1, 48)) {
      volumeDriver(host, warnings);
    }
    return warnings;
  }

  /** Before API 1.44 read-only was said of the mount itself, not of what is mounted below it. */
  static boolean readOnlyTopOnly(ApiVersion version) {
    return version.before(1, 44);
  }

  private static void mount(ObjectNode mount, ApiVersion version) {
    String type = Members.text(mount, "Type");
    for (Map.Entry<String, String> option : Map.of("VolumeOptions", "volume", "TmpfsOptions", "tmpfs", "BindOptions", "bind").entrySet()) {
      boolean foreign = Members.of(mount, option.getKey()).isObject() && !type.equals(option.getValue());
      if (foreign && !version.before(1, 42)) {
        throw ProaException.invalid(option.getKey() + " must not be specified on mount type \"" + type + '"');
      }
      if (foreign && !option.getValue().equals("bind")) {
        Members.remove(mount, option.getKey());
      }
    }
    ObjectNode bind = Members.object(mount, "BindOptions");
    if (version.before(1, 40)) {
      Members.remove(bind, "NonRecursive");
    }
    if (version.before(1, 42)) {
      Members.remove(bind, "CreateMountpoint");
    }
    if (version.before(1, 44) && Members.of(bind, "ReadOnlyForceRecursive").asBoolean(false)) {
      throw ProaException.invalid("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
    }
    if (version.before(1, 45) && !Members.text(Members.object(mount, "VolumeOptions"), "Subpath").isEmpty()) {
      throw ProaException.invalid("VolumeOptions.Subpath needs API v1.45 or newer");
    }
    if (version.before(1, 48) && type.equals("image")) {
      throw ProaException.invalid("Mount type \"Image\" needs API v1.48 or newer");
    }
  }

  /** Since API 1.44 an address belongs to an endpoint; the container's own still counts for its first network. */
  private static void macAddress(ObjectNode body, String mode, ObjectNode endpoints, ApiVersion version, List<String> warnings) {
    String own = Members.text(body, "MacAddress");
    if (version.before(1, 44)) {
      endpoints.forEach(endpoint -> Members.remove(endpoint, "MacAddress"));
      if (!own.isEmpty() && (mode.equals("host") || mode.equals("none"))) {
        throw ProaException.invalid("conflicting options: mac-address and the network mode");
      }
      return;
    }
    if (own.isEmpty()) {
      return;
    }
    String first = mode.isEmpty() || mode.equals("default") ? "bridge" : mode;
    String other = Members.text(Members.object(endpoints, first), "MacAddress");
    if (!other.isEmpty() && !other.equalsIgnoreCase(own)) {
      throw ProaException.invalid(
          "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty");
    }
    warnings.add("The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.");
  }

  private static void volumeDriver(ObjectNode host, List<String> warnings) {
    if (Members.text(host, "VolumeDriver").isEmpty()) {
      return;
    }
    for (JsonNode mount : Members.of(host, "Mounts")) {
      ObjectNode driver = Members.object(Members.object(mount, "VolumeOptions"), "DriverConfig");
      if (Members.text(mount, "Type").equals("volume") && Members.text(driver, "Name").isEmpty()) {
        warnings.add(
            "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'."
                + " Use '--mount type=volume,volume-driver=...' instead");
        return;
      }
    }
  }
}
