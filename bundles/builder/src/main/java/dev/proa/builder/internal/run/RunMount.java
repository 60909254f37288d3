package dev.proa.builder.internal.run;

import dev.proa.spi.ProaException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code RUN --mount=…}: something that a command sees and that is no part of the image.
 *
 * @param target absolute, or relative to the working directory; empty for a secret's or socket's usual place
 * @param source path below {@code from}, or the context
 * @param from a stage or an image; empty for the context, or an empty folder for a cache
 * @param id of a cache, a secret or a socket; empty for the usual
 * @param sharing of a cache: {@code shared}, {@code private} or {@code locked}
 * @param mode null for the usual
 * @param env name of a variable that holds a secret; empty for none
 */
public record RunMount(
    Type type,
    String target,
    String source,
    String from,
    String id,
    boolean readOnly,
    String sharing,
    int uid,
    int gid,
    @Nullable Integer mode,
    long sizeBytes,
    boolean required,
    String env) {

  /** What is mounted. */
  public enum Type {
    BIND,
    CACHE,
    TMPFS,
    SECRET,
    SSH
  }

  private static final Set<String> SHARING = Set.of("shared", "private", "locked");
  private static final Map<String, String> LONG = Map.of("src", "source", "dst", "target", "destination", "target", "ro", "readonly", "rw", "readwrite");

  private static final Map<Type, Set<String>> KEYS =
      Map.of(
          Type.BIND, Set.of("target", "source", "from", "readonly", "readwrite"),
          Type.CACHE, Set.of("id", "target", "source", "from", "readonly", "readwrite", "sharing", "mode", "uid", "gid"),
          Type.TMPFS, Set.of("target", "size"),
          Type.SECRET, Set.of("id", "target", "required", "mode", "uid", "gid", "env", "source"),
          Type.SSH, Set.of("id", "target", "required", "mode", "uid", "gid"));

  /** @throws ProaException {@code INVALID_ARGUMENT} */
  public static RunMount parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String field : text.split(",")) {
      int equals = field.indexOf('=');
      String key = (equals < 0 ? field : field.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
      values.put(LONG.getOrDefault(key, key), equals < 0 ? "true" : field.substring(equals + 1));
    }
    String typeName = values.getOrDefault("type", "bind");
    values.remove("type");
    Type type;
    try {
      type = Type.valueOf(typeName.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ProaException.invalid("unsupported mount type \"" + typeName + "\" in --mount=" + text);
    }
    for (String key : values.keySet()) {
      if (!KEYS.get(type).contains(key)) {
        throw ProaException.invalid("unexpected key '" + key + "' for mount type '" + typeName + "' in --mount=" + text);
      }
    }
    String target = values.getOrDefault("target", "");
    if (target.isEmpty() && (type == Type.BIND || type == Type.CACHE || type == Type.TMPFS)) {
      throw ProaException.invalid("target is required in --mount=" + text);
    }
    String sharing = values.getOrDefault("sharing", "shared");
    if (!SHARING.contains(sharing)) {
      throw ProaException.invalid("unsupported sharing value \"" + sharing + "\" in --mount=" + text);
    }
    boolean readOnly = type == Type.BIND ? !flag(values, "readwrite", text) : flag(values, "readonly", text);
    String mode = values.get("mode");
    return new RunMount(
        type,
        target,
        values.getOrDefault("source", ""),
        values.getOrDefault("from", ""),
        values.getOrDefault("id", ""),
        readOnly,
        sharing,
        (int) number(values, "uid", text),
        (int) number(values, "gid", text),
        mode == null ? null : Integer.valueOf(octal(mode, text)),
        size(values.get("size"), text),
        flag(values, "required", text),
        values.getOrDefault("env", ""));
  }

  private static boolean flag(Map<String, String> values, String key, String text) {
    return switch (values.getOrDefault(key, "false").toLowerCase(Locale.ROOT)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw ProaException.invalid("invalid value for '" + key + "' in --mount=" + text);
    };
  }

  private static long number(Map<String, String> values, String key, String text) {
    String value = values.getOrDefault(key, "0");
    if (!value.matches("\\d{1,9}")) {
      throw ProaException.invalid("invalid value for '" + key + "' in --mount=" + text);
    }
    return Long.parseLong(value);
  }

  private static int octal(String value, String text) {
    if (!value.matches("[0-7]{1,5}")) {
      throw ProaException.invalid("invalid value for 'mode' in --mount=" + text);
    }
    return Integer.parseInt(value, 8) & 07777;
  }

  private static long size(@Nullable String value, String text) {
    if (value == null) {
      return 0;
    }
    String lower = value.toLowerCase(Locale.ROOT);
    if (!lower.matches("\\d{1,12}[kmgt]?b?")) {
      throw ProaException.invalid("invalid value for 'size' in --mount=" + text);
    }
    long number = Long.parseLong(lower.replaceAll("\\D", ""));
    String unit = lower.replaceAll("[\\db]", "");
    return switch (unit) {
      case "k" -> number << 10;
      case "m" -> number << 20;
      case "g" -> number << 30;
      case "t" -> number << 40;
      default -> number;
    };
  }
}
