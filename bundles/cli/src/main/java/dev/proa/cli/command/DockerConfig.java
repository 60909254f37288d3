package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.Flags;
import dev.proa.cli.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The logins of this user, where the docker command keeps them too: {@code $DOCKER_CONFIG/config.json} or {@code ~/.docker/config.json}, in it
 * or with the helper program that it names. What else the file says is kept.
 */
public final class DockerConfig {
  static final String HUB = "https://index.docker.io/v1/";
  public static final String FOLDER = "dev.proa.cli.config";
  private static final String TOKEN = "<token>";

  private final Path file;
  private final Map<String, @Nullable Object> json;

  private DockerConfig(Path file, Map<String, @Nullable Object> json) {
    this.file = file;
    this.json = json;
  }

  /** The folder of {@code --config}, which Main leaves in this property, {@code DOCKER_CONFIG}, or {@code ~/.docker}. */
  public static Path folder() {
    String folder = System.getProperty(FOLDER, Objects.requireNonNullElse(System.getenv("DOCKER_CONFIG"), ""));
    return folder.isEmpty() ? Path.of(System.getProperty("user.home", "/"), ".docker") : Path.of(folder);
  }

  public static DockerConfig read() throws IOException {
    Path file = folder().resolve("config.json");
    try {
      return new DockerConfig(file, new TreeMap<>(Json.object(Json.parse(Files.readString(file)))));
    } catch (NoSuchFileException e) {
      return new DockerConfig(file, new TreeMap<>());
    } catch (Json.JsonException e) {
      throw new CliException(1, file + " is not JSON");
    }
  }

  /** The registry that an image's name means, as logins are filed. */
  static String registryOf(String image) {
    int slash = image.indexOf('/');
    String first = slash < 0 ? "" : image.substring(0, slash);
    boolean registry = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    return registry ? key(first) : HUB;
  }

  /** The key of a registry that a user named. */
  static String key(String server) {
    String host = server.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
    return host.isEmpty() || host.equals("docker.io") || host.equals("index.docker.io") ? HUB : host;
  }

  /** A login. */
  record Login(String username, String secret) {
    /** The request's document (Engine API {@code AuthConfig}). */
    Map<String, @Nullable Object> document(String server) {
      Map<String, @Nullable Object> document = new LinkedHashMap<>();
      boolean token = username.equals(TOKEN);
      document.put(token ? "identitytoken" : "username", token ? secret : username);
      if (!token) {
        document.put("password", secret);
      }
      document.put("serveraddress", server);
      return document;
    }

    @Override
    public String toString() {
      return "Login[username=" + username + "]";
    }
  }

  /** The value of the header {@code X-Registry-Auth} for an image's registry; anonymous without a login. */
  static String header(String image) throws IOException {
    String registry = registryOf(image);
    Login login = read().login(registry);
    String document = Json.write(login == null ? Map.of() : login.document(registry));
    return Base64.getUrlEncoder().encodeToString(document.getBytes(StandardCharsets.UTF_8));
  }

  /** The value of the header {@code X-Registry-Config}: every login there is, by registry, for a build that may ask any of them. */
  static String allLogins() throws IOException {
    DockerConfig config = read();
    Set<String> registries = new TreeSet<>(Json.object(Json.at(config.json, "auths")).keySet());
    registries.addAll(Json.object(Json.at(config.json, "credHelpers")).keySet());
    Map<String, @Nullable Object> logins = new LinkedHashMap<>();
    for (String registry : registries) {
      Login login = config.login(registry);
      if (login != null) {
        logins.put(registry, login.document(registry));
      }
    }
    return Base64.getUrlEncoder().encodeToString(Json.write(logins).getBytes(StandardCharsets.UTF_8));
  }

  /** The context that {@code context use} has set; empty for the default. */
  public String currentContext() {
    return Json.text(json, "currentContext");
  }

  /** @param name empty for the default */
  public void useContext(String name) throws IOException {
    if (name.isEmpty()) {
      json.remove("currentContext");
    } else {
      json.put("currentContext", name);
    }
    write();
  }

  /** Headers of every request to the daemon; never who we are, as docker has it. */
  public Map<String, String> httpHeaders() {
    Map<String, String> headers = new LinkedHashMap<>();
    Json.object(json, "HttpHeaders").forEach((name, value) -> headers.put(name, String.valueOf(value)));
    headers.keySet().removeIf(name -> name.equalsIgnoreCase("User-Agent"));
    return headers;
  }

  /** The keys that leave a container, unless {@code --detach-keys} says it; empty for the daemon's own. */
  String detachKeys(Flags flags) {
    return flags.get("detach-keys", Json.text(json, "detachKeys"));
  }

  /** How a list is shown if the command does not say, such as {@code psFormat}; null for the table. */
  @Nullable String format(String name) {
    String format = Json.text(json, name);
    return format.isEmpty() ? null : format;
  }

  /** Filters of every prune. */
  List<String> pruneFilters() {
    return Json.list(json, "pruneFilters").stream().map(String::valueOf).toList();
  }

  @Nullable Login login(String key) throws IOException {
    String helper = helper(key);
    if (!helper.isEmpty()) {
      Object answer = CredentialProgram.get(helper, key);
      return answer == null ? null : new Login(Json.text(answer, "Username"), Json.text(answer, "Secret"));
    }
    Object entry = Json.at(json, "auths", key);
    if (entry == null) {
      return null;
    }
    String identity = Json.text(entry, "identitytoken");
    if (!identity.isEmpty()) {
      return new Login(TOKEN, identity);
    }
    try {
      String pair = new String(Base64.getDecoder().decode(Json.text(entry, "auth")), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon <= 0 ? null : new Login(pair.substring(0, colon), pair.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      throw new CliException(1, file + ": the login for " + key + " is not base64");
    }
  }

  private String helper(String key) {
    String own = Json.text(json, "credHelpers", key);
    return own.isEmpty() ? Json.text(json, "credsStore") : own;
  }

  /** @return whether it lies in the file itself, where everybody who can read it can read the password */
  boolean store(String key, String username, String password, String identityToken) throws IOException {
    String helper = helper(key);
    boolean token = !identityToken.isEmpty();
    if (!helper.isEmpty()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("ServerURL", key);
      document.put("Username", token ? TOKEN : username);
      document.put("Secret", token ? identityToken : password);
      CredentialProgram.store(helper, Json.write(document));
      return false;
    }
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    entry.put("auth", Base64.getEncoder().encodeToString((username + ":" + (token ? "" : password)).getBytes(StandardCharsets.UTF_8)));
    if (token) {
      entry.put("identitytoken", identityToken);
    }
    auths().put(key, entry);
    write();
    return true;
  }

  /** @return whether there was one */
  boolean erase(String key) throws IOException {
    boolean there = login(key) != null;
    String helper = helper(key);
    if (!helper.isEmpty()) {
      CredentialProgram.erase(helper, key);
    }
    if (auths().remove(key) != null) {
      write();
    }
    return there;
  }

  private Map<String, @Nullable Object> auths() {
    Map<String, @Nullable Object> auths = new LinkedHashMap<>(Json.object(json, "auths"));
    json.put("auths", auths);
    return auths;
  }

  private void write() throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Files.notExists(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path part = Files.createTempFile(folder, "config", ".json", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(part, Json.writePretty(json) + "\n");
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  Path file() {
    return file;
  }

  /** The keys of all logins in the file. */
  List<String> keys() {
    return List.copyOf(Json.object(json, "auths").keySet());
  }
}
