package dev.proa.cli.context;

import dev.proa.cli.CliException;
import dev.proa.cli.command.DockerConfig;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Contexts as docker's command files them: {@code contexts/meta/<digest of the name>/meta.json} beside config.json. */
public final class ContextStore {
  public static final String DEFAULT = "default";
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.+-]+");
  private static final long MAX_BYTES = 1 << 20;

  private final Path folder;

  public ContextStore() {
    this(DockerConfig.folder().resolve("contexts"));
  }

  ContextStore(Path folder) {
    this.folder = folder;
  }

  /** One context; {@code host} is empty if it is not for an engine of docker's API. */
  public record Context(String name, String description, String host, boolean tls) {}

  Path meta(String name) {
    return folder.resolve("meta").resolve(digest(name));
  }

  Path tls(String name) {
    return folder.resolve("tls").resolve(digest(name));
  }

  private static String digest(String name) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static void checkName(String name) {
    if (name.equals(DEFAULT)) {
      throw new CliException(1, "\"default\" is a reserved context name");
    }
    if (!NAME.matcher(name).matches()) {
      throw new CliException(1, "context name \"" + name + "\" is invalid, names are validated against regexp \"^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$\"");
    }
  }

  boolean exists(String name) {
    return Files.isRegularFile(meta(name).resolve("meta.json"));
  }

  /** @throws CliException if there is none of that name */
  public Context get(String name) throws IOException {
    return context(document(name));
  }

  Map<String, @Nullable Object> document(String name) throws IOException {
    try {
      return read(meta(name).resolve("meta.json"));
    } catch (NoSuchFileException e) {
      throw new CliException(1, "context \"" + name + "\": context not found: open " + e.getFile() + ": no such file or directory");
    }
  }

  static Map<String, @Nullable Object> read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new CliException(1, file + " has more than 1 MiB: it is no context");
    }
    try {
      return Json.object(Json.parse(Files.readString(file)));
    } catch (Json.JsonException e) {
      throw new CliException(1, file + " is not JSON: " + e.getMessage());
    }
  }

  Context context(Map<String, @Nullable Object> document) {
    String name = Json.text(document, "Name");
    return new Context(name, Json.text(document, "Metadata", "Description"), Json.text(document, "Endpoints", "docker", "Host"), Files.isDirectory(tls(name).resolve("docker")));
  }

  List<Context> all() throws IOException {
    List<Context> all = new ArrayList<>();
    try (Stream<Path> folders = Files.list(folder.resolve("meta"))) {
      for (Path each : folders.toList()) {
        if (Files.isRegularFile(each.resolve("meta.json"))) {
          all.add(context(read(each.resolve("meta.json"))));
        }
      }
    } catch (NoSuchFileException e) {
      return all; // nobody has made one
    }
    all.sort(Comparator.comparing(Context::name));
    return all;
  }

  void write(String name, String description, String host) throws IOException {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("Name", name);
    document.put("Metadata", description.isEmpty() ? Map.of() : Map.of("Description", description));
    document.put("Endpoints", Map.of("docker", Map.of("Host", host, "SkipTLSVerify", false)));
    Path file = meta(name).resolve("meta.json");
    Files.createDirectories(meta(name));
    Path part = file.resolveSibling("meta.json.part");
    Files.writeString(part, Json.write(document));
    Files.move(part, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  void remove(String name) throws IOException {
    for (Path tree : List.of(meta(name), tls(name))) {
      if (Files.exists(tree)) {
        try (Stream<Path> files = Files.walk(tree)) {
          for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(each);
          }
        }
      }
    }
  }
}
