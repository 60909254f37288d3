package dev.proa.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The daemon's configuration file: one JSON object with dockerd's keys. What stands in it must not be given as a flag as well. */
final class ConfigFile {
  private static final Path DEFAULT = Path.of("/etc/proa/daemon.json");
  private static final String PROXIES = "proxies";
  private static final String BUILDER = "builder";
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*([kmgtp]?)i?b?", Pattern.CASE_INSENSITIVE);
  private static final long MAX_BYTES = 1 << 20;

  private final Path path;
  private final Map<Flag, List<String>> values = new TreeMap<>();
  private OptionalLong buildCacheBytes = OptionalLong.empty();

  private ConfigFile(Path path) {
    this.path = path;
  }

  /** Reads the file that is named, or the default one if it exists. */
  static ConfigFile find(Options options) throws StartFailure {
    Path named = options.path(Flag.CONFIG_FILE).orElse(null);
    ConfigFile file = new ConfigFile(named == null ? DEFAULT : named);
    if (named != null || Files.exists(DEFAULT)) {
      file.read();
    }
    return file;
  }

  /** Adds the file's values to those of the command line. */
  void mergeInto(Options options) throws StartFailure {
    String conflicts =
        values.entrySet().stream()
            .filter(entry -> options.given(entry.getKey()))
            .map(entry -> conflict(entry.getKey(), options.list(entry.getKey()), entry.getValue()))
            .collect(Collectors.joining(", "));
    if (!conflicts.isEmpty()) {
      throw failure("the following directives are specified both as a flag and in the configuration file: " + conflicts);
    }
    values.forEach(options::set);
    options.buildCacheBytes(buildCacheBytes);
  }

  private static String conflict(Flag flag, List<String> fromFlag, List<String> fromFile) {
    return flag.configKey() + ": (from flag: " + shown(flag, fromFlag) + ", from file: " + shown(flag, fromFile) + ")";
  }

  /** A list as Go prints a slice, because that is how dockerd's message shows it. */
  private static String shown(Flag flag, List<String> list) {
    return flag.kind() == Flag.Kind.LIST ? "[" + String.join(" ", list) + "]" : list.getFirst();
  }

  private void read() throws StartFailure {
    String text;
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw failure("it is larger than 1 MiB");
      }
      text = Files.readString(path);
    } catch (NoSuchFileException e) {
      throw failure("open " + path + ": no such file or directory");
    } catch (IOException e) {
      throw failure("cannot read it: " + e);
    }
    if (text.isBlank()) {
      return;
    }
    JsonNode root;
    try {
      root = JsonMapper.builder().build().readTree(text);
    } catch (JacksonException e) {
      throw failure("it is no JSON: " + e.getOriginalMessage());
    }
    if (!root.isObject()) {
      throw failure("it holds no JSON object");
    }
    List<String> unknown = new ArrayList<>();
    read(root, unknown);
    if (!unknown.isEmpty()) {
      throw failure("the following directives don't match any configuration option: " + String.join(", ", unknown));
    }
  }

  private void read(JsonNode object, List<String> unknown) throws StartFailure {
    for (Map.Entry<String, JsonNode> property : object.properties()) {
      Flag flag = Flag.byConfigKey(property.getKey()).orElse(null);
      if (property.getKey().equals(PROXIES) && property.getValue().isObject()) {
        // dockerd keeps these three in an object of their own.
        read(property.getValue(), unknown);
      } else if (property.getKey().equals(BUILDER)) {
        readBuilder(property.getValue(), unknown);
      } else if (flag == null) {
        unknown.add(property.getKey());
      } else {
        values.put(flag, strings(flag, property.getValue()));
      }
    }
  }

  /** {@code {"gc": {"enabled": true, "defaultKeepStorage": "20GB"}}}, as dockerd has it. */
  private void readBuilder(JsonNode builder, List<String> unknown) throws StartFailure {
    for (Map.Entry<String, JsonNode> part : builder.properties()) {
      if (!part.getKey().equals("gc")) {
        unknown.add(BUILDER + "." + part.getKey());
        continue;
      }
      boolean enabled = true;
      for (Map.Entry<String, JsonNode> property : part.getValue().properties()) {
        switch (property.getKey()) {
          case "enabled" -> enabled = property.getValue().asBoolean(true);
          case "defaultKeepStorage", "defaultReservedSpace" -> buildCacheBytes = OptionalLong.of(size(property.getKey(), property.getValue()));
          default -> unknown.add(BUILDER + ".gc." + property.getKey());
        }
      }
      if (!enabled) {
        buildCacheBytes = OptionalLong.of(0);
      }
    }
  }

  private long size(String key, JsonNode value) throws StartFailure {
    Matcher size = SIZE.matcher(value.asString("").strip());
    if (!size.matches()) {
      throw failure(key + " must be a size such as \"20GB\"");
    }
    int power = "kmgtp".indexOf(size.group(2).toLowerCase(Locale.ROOT)) + 1;
    long unit = 1L << 10 * (size.group(2).isEmpty() ? 0 : power);
    try {
      long bytes = Math.multiplyExact(Long.parseLong(size.group(1)), unit);
      if (bytes > 0) {
        return bytes;
      }
    } catch (ArithmeticException e) {
      // as for any other size that cannot be
    }
    throw failure(key + " must be more than nothing and no more than a disk can hold");
  }

  private List<String> strings(Flag flag, JsonNode value) throws StartFailure {
    return switch (flag.kind()) {
      case SWITCH -> {
        if (!value.isBoolean()) {
          throw failure(flag.configKey() + " must be true or false");
        }
        yield List.of(Boolean.toString(value.booleanValue()));
      }
      case ONE -> {
        if (!value.isString()) {
          throw failure(flag.configKey() + " must be a string");
        }
        yield List.of(value.stringValue());
      }
      case LIST -> {
        List<String> list = new ArrayList<>();
        for (JsonNode element : value) {
          if (!element.isString()) {
            throw failure(flag.configKey() + " must be a list of strings");
          }
          list.add(element.stringValue());
        }
        if (!value.isArray()) {
          throw failure(flag.configKey() + " must be a list of strings");
        }
        yield List.copyOf(list);
      }
    };
  }

  private StartFailure failure(String what) {
    return StartFailure.failed("unable to configure the Proa daemon with file " + path + ": " + what);
  }
}
