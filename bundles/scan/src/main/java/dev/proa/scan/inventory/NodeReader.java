package dev.proa.scan.inventory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** npm's packages: {@code package.json} below {@code node_modules}, and lock files, of which what is for development is left out. */
final class NodeReader implements PackageReader {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Override
  public boolean wants(String path) {
    return LanguageFiles.isNodeModule(path) || LanguageFiles.isYarnLock(path) || LanguageFiles.isNodeLock(path) && !path.contains("node_modules/");
  }

  @Override
  public long limit() {
    return 32L << 20;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    found.file(path);
    if (LanguageFiles.isYarnLock(path)) {
      yarn(path, in, found);
      return;
    }
    JsonNode document;
    try {
      document = JSON.readTree(in.readAllBytes());
    } catch (JacksonException e) {
      throw new IOException("no JSON: " + e.getOriginalMessage(), e);
    }
    if (document == null || !document.isObject()) {
      throw new IOException("no JSON object");
    }
    if (LanguageFiles.isNodeLock(path)) {
      lock(path, document, found);
      return;
    }
    PackageRecord one = record(document.path("name").asString(""), document.path("version").asString(""), license(document));
    // One without a version is a folder of a package (for its module type), or a workspace.
    if (one.complete()) {
      found.add(path, one);
    }
  }

  private static String license(JsonNode document) {
    JsonNode license = document.path("license");
    return license.isObject() ? license.path("type").asString("") : license.asString("");
  }

  private static PackageRecord record(String name, String version, String license) {
    return PackageRecord.of(PackageType.NPM, name, version, license);
  }

  /** {@code packages} since version 2, {@code dependencies} within each other before. */
  private static void lock(String path, JsonNode document, Collector found) {
    if (document.path("packages").isObject()) {
      for (Map.Entry<String, JsonNode> each : document.path("packages").properties()) {
        int at = each.getKey().lastIndexOf("node_modules/");
        if (at >= 0) {
          String name = each.getValue().path("name").asString(each.getKey().substring(at + "node_modules/".length()));
          locked(path, name, each.getValue(), found);
        }
      }
      return;
    }
    Deque<JsonNode> left = new ArrayDeque<>();
    left.add(document);
    while (!left.isEmpty()) {
      for (Map.Entry<String, JsonNode> each : left.poll().path("dependencies").properties()) {
        locked(path, each.getKey(), each.getValue(), found);
        left.add(each.getValue());
      }
    }
  }

  private static void locked(String path, String name, JsonNode entry, Collector found) {
    PackageRecord one = record(name, entry.path("version").asString(""), license(entry));
    boolean registered = !one.version().contains(":") && !one.version().contains("/");
    if (!entry.path("dev").asBoolean(false) && one.complete() && registered) {
      found.add(path, one);
    }
  }

  /** {@code "name@range", other@range:} or {@code "name@npm:range":}, and below it a line with the version. */
  private static void yarn(String path, InputStream in, Collector found) throws IOException {
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    String name = "";
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (!line.startsWith(" ")) {
        String first = line.split(",", 2)[0].replace("\"", "").strip();
        int at = first.indexOf('@', 1);
        name = at > 0 && !first.contains("@workspace:") ? first.substring(0, at) : "";
      } else if (!name.isEmpty() && line.startsWith("  version")) {
        String version = line.substring("  version".length()).replace(":", "").replace("\"", "").strip();
        PackageRecord one = record(name, version, "");
        if (one.complete()) {
          found.add(path, one);
        }
        name = "";
      }
    }
  }
}
