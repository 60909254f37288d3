package dev.proa.lifecycle.internal.logs;

import dev.proa.lifecycle.containers.LogConfig;
import dev.proa.lifecycle.internal.Json;
import dev.proa.spi.ProaException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A container's log driver and options, checked.
 *
 * @param maxSizeBytes a file is rotated beyond it; −1 never
 * @param maxFiles how many files are kept, the current one included
 * @param attributesJson the labels and variables that go with every entry, as a JSON object; empty for none
 */
public record LogOptions(Driver driver, long maxSizeBytes, int maxFiles, boolean compress, String attributesJson) {
  public enum Driver {
    JSON_FILE,
    LOCAL,
    NONE
  }

  private static final Set<String> FILE_OPTIONS =
      Set.of("max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size");
  /** Of json-file, when nobody says: rotation is on, and what a container of some importance prints in a while is still whole. */
  private static final String DEFAULT_SIZE = "1g";

  private static final String DEFAULT_FILES = "4";
  private static final String LOCAL_SIZE = "20m";
  private static final String LOCAL_FILES = "5";
  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kKmMgGtTpP]?)(?:i?[bB])?");

  /** The drivers that are part of the engine. */
  public static final List<String> BUILT_IN = List.of("json-file", "local", "none");

  /** The name of the driver. */
  public static String type(@Nullable LogConfig config) {
    return config == null || config.type() == null || config.type().isEmpty() ? "json-file" : config.type();
  }

  public static boolean isBuiltIn(@Nullable LogConfig config) {
    return BUILT_IN.contains(type(config));
  }

  /** @throws ProaException {@code INVALID_ARGUMENT} with Docker's words */
  public static LogOptions of(@Nullable LogConfig config, Map<String, String> labels, List<String> environment) {
    String type = type(config);
    Map<String, String> options = config == null || config.config() == null ? Map.of() : config.config();
    return switch (type) {
      case "json-file" -> jsonFile(options, labels, environment);
      case "local" -> local(options, labels, environment);
      case "none" -> none(options);
      default -> throw ProaException.invalid("logger: no log driver named '" + type + "' is registered");
    };
  }

  private static LogOptions none(Map<String, String> options) {
    if (!options.isEmpty()) {
      throw ProaException.invalid("unknown log opt '" + options.keySet().iterator().next() + "' for none log driver");
    }
    return new LogOptions(Driver.NONE, -1, 1, false, "");
  }

  /** The same file in another place, which rotates and compresses unless it is told otherwise. */
  private static LogOptions local(Map<String, String> options, Map<String, String> labels, List<String> environment) {
    Map<String, String> completed = new TreeMap<>(options);
    completed.putIfAbsent("max-size", LOCAL_SIZE);
    completed.putIfAbsent("max-file", LOCAL_FILES);
    completed.putIfAbsent("compress", completed.get("max-file").equals("1") ? "false" : "true");
    return file(Driver.LOCAL, "log driver local", completed, labels, environment);
  }

  private static LogOptions jsonFile(Map<String, String> options, Map<String, String> labels, List<String> environment) {
    Map<String, String> completed = new TreeMap<>(options);
    if (!options.containsKey("max-size") && !options.containsKey("max-file") && !options.containsKey("compress")) {
      completed.put("max-size", DEFAULT_SIZE);
      completed.put("max-file", DEFAULT_FILES);
    }
    return file(Driver.JSON_FILE, "json-file log driver", completed, labels, environment);
  }

  private static LogOptions file(
      Driver driver, String what, Map<String, String> options, Map<String, String> labels, List<String> environment) {
    for (String key : options.keySet()) {
      if (!FILE_OPTIONS.contains(key)) {
        throw ProaException.invalid("unknown log opt '" + key + "' for " + what);
      }
    }
    long maxSize = options.containsKey("max-size") ? size(options.get("max-size")) : -1;
    int maxFiles = options.containsKey("max-file") ? files(options.get("max-file")) : 1;
    if (maxFiles < 1) {
      throw ProaException.invalid("max-file cannot be less than 1");
    }
    boolean compress = options.containsKey("compress") && bool("compress", options.get("compress"));
    if (compress && (maxFiles == 1 || maxSize < 0)) {
      throw ProaException.invalid("compress cannot be true when max-file is less than 2 or max-size is not set");
    }
    String mode = options.getOrDefault("mode", "blocking");
    if (!mode.equals("blocking") && !mode.equals("non-blocking") && !mode.isEmpty()) {
      throw ProaException.invalid("logger: logging mode not supported: " + mode);
    }
    if (options.containsKey("max-buffer-size")) {
      size(options.get("max-buffer-size"));
    }
    return new LogOptions(driver, maxSize, maxFiles, compress, attributes(options, labels, environment));
  }

  private static String attributes(Map<String, String> options, Map<String, String> labels, List<String> environment) {
    Map<String, String> variables = new TreeMap<>();
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    Map<String, String> attributes = new TreeMap<>();
    choose(attributes, labels, options.get("labels"), options.get("labels-regex"));
    choose(attributes, variables, options.get("env"), options.get("env-regex"));
    String tag = options.get("tag");
    if (tag != null && !tag.isEmpty()) {
      attributes.put("tag", tag);
    }
    return attributes.isEmpty() ? "" : new String(Json.write(attributes), StandardCharsets.UTF_8);
  }

  private static void choose(Map<String, String> into, Map<String, String> from, @Nullable String names, @Nullable String regex) {
    if (names != null) {
      for (String name : names.split(",")) {
        String value = from.get(name);
        if (value != null) {
          into.put(name, value);
        }
      }
    }
    if (regex != null && !regex.isEmpty()) {
      Pattern pattern;
      try {
        pattern = Pattern.compile(regex);
      } catch (PatternSyntaxException e) {
        throw ProaException.invalid("invalid regular expression in a log option: " + e.getDescription());
      }
      from.forEach(
          (name, value) -> {
            if (pattern.matcher(name).find()) {
              into.put(name, value);
            }
          });
    }
  }

  private static long size(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw ProaException.invalid("invalid size: '" + text + "'");
    }
    double unit =
        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
          case "k" -> 1L << 10;
          case "m" -> 1L << 20;
          case "g" -> 1L << 30;
          case "t" -> 1L << 40;
          case "p" -> 1L << 50;
          default -> 1;
        };
    long size = (long) (Double.parseDouble(matcher.group(1)) * unit);
    if (size <= 0) {
      throw ProaException.invalid("max-size must be a positive number");
    }
    return size;
  }

  private static int files(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw ProaException.invalid("invalid max-file: '" + text + "'");
    }
  }

  private static boolean bool(String name, String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw ProaException.invalid("invalid " + name + ": '" + text + "'");
    };
  }
}
