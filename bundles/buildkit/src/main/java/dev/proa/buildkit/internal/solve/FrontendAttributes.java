package dev.proa.buildkit.internal.solve;

import dev.proa.builder.BuildRequest;
import dev.proa.buildkit.internal.session.ClientSecrets;
import dev.proa.buildkit.internal.session.SshForward;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of BuildKit's Dockerfile front end, as a request for a build. One that is unknown and would change the result is refused. */
public final class FrontendAttributes {
  /** Those that name a context or how to read it, and those that only say what a client can do. */
  private static final Set<String> KNOWN =
      Set.of(
          "filename", "target", "platform", "no-cache", "image-resolve-mode", "add-hosts", "force-network-mode", "shm-size", "ulimit", "cgroup-parent",
          "cache-from", "cache-imports", "context", "contextkey", "contextsubdir", "dockerfilekey", "contextsessionid", "local-sessionid", "hostname",
          "override-copy-image", "frontend.caps", "requestid", "multi-platform", "build-arg-ssh", "cmdline", "source", "vcs:source", "vcs:revision",
          "vcs:localdir", "vcs:localdir:context", "vcs:localdir:dockerfile", "contextkeepgitdir", "attest:provenance", "attest:sbom", "device");

  private final Map<String, String> attributes;

  public FrontendAttributes(Map<String, String> attributes) {
    this.attributes = attributes;
    if (get("platform").contains(",")) {
      throw ProaException.notImplemented("several platforms in one build are not part of this engine: name one, not " + get("platform"));
    }
    attributes.forEach(
        (name, value) -> {
          if (name.startsWith("context:") || name.startsWith("input:") || name.startsWith("input-metadata:")) {
            throw ProaException.notImplemented("named contexts (--build-context " + name.substring(name.indexOf(':') + 1) + ") are not part of this engine");
          }
          boolean prefixed = name.startsWith("build-arg:") || name.startsWith("label:") || name.startsWith("vcs:") || name.startsWith("attest:");
          if (!prefixed && !KNOWN.contains(name)) {
            throw ProaException.notImplemented("the attribute " + name + " of the Dockerfile front end is not known to this engine");
          }
          if (name.startsWith("attest:") && !value.isEmpty() && !value.contains("disabled=true")) {
            throw ProaException.notImplemented("attestations are not made by this engine: build with --provenance=false --sbom=false");
          }
        });
  }

  String get(String name) {
    return attributes.getOrDefault(name, "");
  }

  String get(String name, String byDefault) {
    String value = get(name);
    return value.isEmpty() ? byDefault : value;
  }

  private Map<String, String> withPrefix(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    attributes.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  /** @param cacheFrom images, besides those that the attributes name */
  BuildRequest request(String remote, List<String> tags, List<String> cacheFrom, @Nullable ClientSecrets secrets, @Nullable SshForward ssh) {
    List<String> caches = new ArrayList<>(cacheFrom);
    for (String name : get("cache-from").split(",")) {
      if (!name.isEmpty() && !caches.contains(name)) {
        caches.add(name);
      }
    }
    Map<String, @Nullable String> arguments = new LinkedHashMap<>(withPrefix("build-arg:"));
    return new BuildRequest(
        get("filename"),
        remote,
        tags,
        arguments,
        withPrefix("label:"),
        get("target"),
        get("platform"),
        attributes.containsKey("no-cache"),
        get("image-resolve-mode").equals("pull"),
        caches,
        hostConfig(),
        domain -> secrets == null ? null : secrets.credentials(domain),
        id -> secrets == null ? null : secrets.secret(id),
        id -> ssh == null ? null : ssh.socket(id),
        false);
  }

  private Map<String, Object> hostConfig() {
    Map<String, Object> host = new LinkedHashMap<>();
    String network = get("force-network-mode");
    if (!network.isEmpty() && !network.equals("default") && !network.equals("sandbox")) {
      host.put("NetworkMode", network);
    }
    List<String> hosts = new ArrayList<>();
    for (String pair : get("add-hosts").split(",")) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        hosts.add(equals < 0 ? pair : pair.substring(0, equals) + ":" + pair.substring(equals + 1));
      }
    }
    if (!hosts.isEmpty()) {
      host.put("ExtraHosts", hosts);
    }
    if (!get("shm-size").isEmpty()) {
      host.put("ShmSize", number("shm-size", get("shm-size")));
    }
    if (!get("cgroup-parent").isEmpty()) {
      host.put("CgroupParent", get("cgroup-parent"));
    }
    List<Map<String, Object>> limits = new ArrayList<>();
    for (String limit : get("ulimit").split(",")) {
      if (!limit.isEmpty()) {
        String[] parts = limit.split("[=:]");
        if (parts.length < 2 || parts.length > 3) {
          throw ProaException.invalid("invalid ulimit \"" + limit + "\": it is to be NAME=SOFT[:HARD]");
        }
        limits.add(Map.of("Name", parts[0], "Soft", number("ulimit", parts[1]), "Hard", number("ulimit", parts[parts.length - 1])));
      }
    }
    if (!limits.isEmpty()) {
      host.put("Ulimits", limits);
    }
    return host;
  }

  private static long number(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ProaException.invalid("invalid value \"" + text + "\" for " + name + ": not a number");
    }
  }
}
