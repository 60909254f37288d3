package dev.proa.images.internal.manifest;

import dev.proa.spi.ProaException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an image runs on, in Go's spelling.
 *
 * @param variant empty where there is none
 * @param osVersion empty where there is none
 */
public record Platform(String os, String architecture, String variant, String osVersion) {
  private static final Set<String> OSES =
      Set.of("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos", "aix", "plan9", "android", "js");
  private static final Set<String> ARCHITECTURES =
      Set.of("386", "amd64", "arm", "arm64", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "wasm");

  /** This machine's. */
  public static Platform host() {
    return normal("linux", System.getProperty("os.arch"), "", "");
  }

  /**
   * Parses {@code os[/arch[/variant]]} or an architecture alone, as {@code --platform} takes it.
   *
   * @throws ProaException {@code INVALID_ARGUMENT}
   */
  public static Platform parse(String text) {
    String[] parts = text.toLowerCase(Locale.ROOT).split("/", -1);
    for (String part : parts) {
      if (!part.matches("[a-z0-9_.-]{1,64}")) {
        throw ProaException.invalid("\"" + part + "\" is an invalid component of \"" + text + "\": platform specifier component must match \"^[A-Za-z0-9_.-]+$\"");
      }
    }
    return switch (parts.length) {
      case 1 -> {
        if (OSES.contains(parts[0])) {
          yield normal(parts[0], host().architecture, "", "");
        }
        Platform alone = normal("linux", parts[0], "", "");
        if (!ARCHITECTURES.contains(alone.architecture)) {
          throw ProaException.invalid("\"" + text + "\": unknown operating system or architecture");
        }
        yield alone;
      }
      case 2 -> normal(parts[0], parts[1], "", "");
      case 3 -> normal(parts[0], parts[1], parts[2], "");
      default -> throw ProaException.invalid("\"" + text + "\": cannot parse platform specifier");
    };
  }

  static Platform parse(JsonNode node, String what) {
    return normal(
        Json.string(node, "os", what), Json.string(node, "architecture", what), Json.string(node, "variant", what), Json.string(node, "os.version", what));
  }

  /** Brings the many spellings to one (containerd's {@code platforms.Normalize}). */
  public static Platform normal(String os, String architecture, String variant, String osVersion) {
    String arch = architecture.toLowerCase(Locale.ROOT);
    String v = variant.toLowerCase(Locale.ROOT);
    switch (arch) {
      case "x86_64", "x86-64" -> arch = "amd64";
      case "i386" -> arch = "386";
      case "aarch64" -> arch = "arm64";
      case "armhf" -> {
        arch = "arm";
        v = "v7";
      }
      case "armel" -> {
        arch = "arm";
        v = "v6";
      }
      default -> {}
    }
    switch (arch) {
      case "amd64" -> v = v.equals("v1") ? "" : v;
      case "arm64" -> v = v.equals("8") || v.equals("v8") ? "" : v;
      case "arm" -> v = v.isEmpty() ? "v7" : v.startsWith("v") ? v : "v" + v;
      default -> {}
    }
    return new Platform(os.toLowerCase(Locale.ROOT), arch, v, osVersion);
  }

  /**
   * How well something made for another platform runs on this one: higher is better, empty if it does not. A processor runs what was made
   * for an earlier variant of its architecture.
   */
  Optional<Integer> rank(Platform offered) {
    if (!os.equals(offered.os) || !architecture.equals(offered.architecture)) {
      return Optional.empty();
    }
    int mine = level(variant);
    int theirs = level(offered.variant);
    return theirs <= mine ? Optional.of(theirs) : Optional.empty();
  }

  private int level(String v) {
    if (v.isEmpty()) {
      return architecture.equals("arm64") ? 80 : 10;
    }
    // "v7", "v8.2": major and minor.
    var matcher = java.util.regex.Pattern.compile("v([0-9]{1,3})(?:\\.([0-9]))?").matcher(v);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) * 10 + (matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2))) : Integer.MAX_VALUE;
  }

  /** The one that runs best here; things that name no platform are taken if nothing else fits. */
  public <T> Optional<T> best(List<T> offers, Function<T, @Nullable Platform> platformOf) {
    T best = null;
    int bestRank = -1;
    for (T offer : offers) {
      Platform platform = platformOf.apply(offer);
      int rank = platform == null ? 0 : rank(platform).orElse(-1);
      if (rank > bestRank) {
        best = offer;
        bestRank = rank;
      }
    }
    return Optional.ofNullable(best);
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
