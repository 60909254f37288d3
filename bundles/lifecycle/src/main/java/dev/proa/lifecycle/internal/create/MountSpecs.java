package dev.proa.lifecycle.internal.create;

import dev.proa.lifecycle.containers.MountRequest;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.spi.ProaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The syntax of {@code -v}, {@code --mount}, {@code --volumes-from}: what a client wrote, as one type, or why it is refused (Docker's words). */
public final class MountSpecs {
  private static final Set<String> TMPFS_FLAGS =
      Set.of(
          "defaults", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "remount", "mand", "nomand", "atime", "noatime",
          "diratime", "nodiratime", "bind", "rbind", "unbindable", "runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave", "relatime",
          "norelatime", "strictatime", "nostrictatime");
  private static final Set<String> TMPFS_VALUES = Set.of("mode", "uid", "gid", "size", "nr_inodes", "nr_blocks", "mpol");

  private static final Set<String> READ_WRITE = Set.of("rw", "ro");
  private static final Set<String> LABELS = Set.of("z", "Z");
  private static final Set<String> PROPAGATIONS = Set.of("private", "rprivate", "slave", "rslave", "shared", "rshared");
  private static final Set<String> COPY = Set.of("copy", "nocopy");
  private static final Set<String> CONSISTENCY = Set.of("consistent", "cached", "delegated", "default");
  private static final List<Set<String>> MODES = List.of(READ_WRITE, LABELS, PROPAGATIONS, COPY, CONSISTENCY);
  private static final String DEFAULT_PROPAGATION = "rprivate";
  private static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");

  private MountSpecs() {}

  /**
   * A mount that a client asks for.
   *
   * @param source folder on the host for a bind, name of the volume or image, else empty
   * @param driver volume driver; empty for the default
   */
  public record Wanted(
      Kind kind,
      String source,
      String destination,
      String mode,
      boolean readWrite,
      String propagation,
      boolean copyUp,
      String subpath,
      boolean createSource,
      boolean recursive,
      List<String> options,
      String driver,
      Map<String, String> driverOptions,
      Map<String, String> labels) {}

  /** What is mounted. */
  public enum Kind {
    BIND,
    VOLUME,
    TMPFS,
    IMAGE
  }

  /** {@code [source:]target[:options]}. */
  public static Wanted bind(String raw, String volumeDriver) {
    String[] parts = raw.split(":", 4);
    if (parts[0].isEmpty() || parts.length > 3) {
      throw invalidSpec(raw);
    }
    String source = parts.length == 1 ? "" : parts[0];
    String target = parts.length == 1 ? parts[0] : parts[1];
    String mode = parts.length == 3 ? parts[2] : "";
    if (parts.length == 2 && validMode(parts[1])) {
      // A target and options, without a source.
      throw invalidSpec(raw);
    }
    if (!validMode(mode)) {
      throw ProaException.invalid("invalid mode: " + mode);
    }
    try {
      checkTarget(target);
    } catch (ProaException e) {
      throw ProaException.invalid("invalid volume specification: '" + raw + "': " + e.getMessage());
    }
    List<String> options = List.of(mode.split(","));
    boolean bind = source.startsWith("/");
    if (!bind && !source.isEmpty()) {
      checkVolumeName(source);
    }
    return new Wanted(
        bind ? Kind.BIND : Kind.VOLUME,
        bind ? clean(source) : source,
        clean(target),
        mode,
        !options.contains("ro"),
        options.stream().filter(PROPAGATIONS::contains).findFirst().orElse(bind ? DEFAULT_PROPAGATION : ""),
        !bind && !options.contains("nocopy"),
        "",
        bind,
        true,
        List.of(),
        bind ? "" : volumeDriver,
        Map.of(),
        Map.of());
  }

  private static ProaException invalidSpec(String raw) {
    return ProaException.invalid("invalid volume specification: '" + raw + "'");
  }

  static boolean validMode(String mode) {
    if (mode.isEmpty()) {
      return true;
    }
    int[] seen = new int[MODES.size()];
    for (String option : mode.split(",", -1)) {
      boolean known = false;
      for (int i = 0; i < seen.length; i++) {
        if (MODES.get(i).contains(option)) {
          known = true;
          if (++seen[i] > 1) {
            return false;
          }
        }
      }
      if (!known) {
        return false;
      }
    }
    return true;
  }

  /** {@code --mount}. */
  public static Wanted mount(MountRequest request) {
    String target = HostConfigChecks.orEmpty(request.target());
    try {
      if (target.isEmpty()) {
        throw ProaException.invalid("field Target must not be empty");
      }
      checkTarget(target);
      checkOptions(request);
      return switch (HostConfigChecks.orEmpty(request.type())) {
        case "bind" -> bindMount(request, target);
        case "volume" -> volumeMount(request, target);
        case "tmpfs" -> tmpfsMount(request, target);
        case "image" -> imageMount(request, target);
        default -> throw ProaException.invalid("mount type unknown");
      };
    } catch (ProaException e) {
      throw new ProaException(
          e.errorClass(), "invalid mount config for type \"" + HostConfigChecks.orEmpty(request.type()) + "\": " + e.getMessage(), e);
    }
  }

  private static Wanted bindMount(MountRequest request, String target) {
    String source = required(request.source(), "Source");
    MountRequest.BindOptions options = request.bindOptions();
    String propagation = options == null ? "" : HostConfigChecks.orEmpty(options.propagation());
    if (!propagation.isEmpty() && !PROPAGATIONS.contains(propagation)) {
      throw ProaException.invalid("invalid propagation mode: " + propagation);
    }
    checkAbsolute(source);
    boolean create = options != null && options.createMountpoint();
    if (!create && !Files.exists(Path.of(source))) {
      throw ProaException.invalid("bind source path does not exist: " + source);
    }
    if (options != null && options.readOnlyForceRecursive() && (!request.readOnly() || options.readOnlyNonRecursive())) {
      throw ProaException.invalid("ReadOnlyForceRecursive needs ReadOnly, and excludes ReadOnlyNonRecursive");
    }
    return new Wanted(
        Kind.BIND,
        clean(source),
        clean(target),
        "",
        !request.readOnly(),
        propagation.isEmpty() ? DEFAULT_PROPAGATION : propagation,
        false,
        "",
        create,
        options == null || !options.nonRecursive(),
        options != null && options.readOnlyNonRecursive() ? List.of(MountRow.READ_ONLY_TOP) : List.of(),
        "",
        Map.of(),
        Map.of());
  }

  private static Wanted volumeMount(MountRequest request, String target) {
    String name = HostConfigChecks.orEmpty(request.source());
    MountRequest.VolumeOptions options = request.volumeOptions();
    String subpath = options == null ? "" : HostConfigChecks.orEmpty(options.subpath());
    if (!subpath.isEmpty()) {
      if (name.isEmpty()) {
        throw ProaException.invalid("must not set Subpath when using anonymous volumes");
      }
      checkSubpath(subpath);
    }
    if (request.readOnly() && name.isEmpty()) {
      throw ProaException.invalid("must not set ReadOnly mode when using anonymous volumes");
    }
    if (!name.isEmpty()) {
      checkVolumeName(name);
    }
    MountRequest.DriverConfig driver = options == null ? null : options.driverConfig();
    return new Wanted(
        Kind.VOLUME,
        name,
        clean(target),
        "z",
        !request.readOnly(),
        "",
        options == null || !options.noCopy(),
        subpath,
        false,
        true,
        List.of(),
        driver == null ? "" : HostConfigChecks.orEmpty(driver.name()),
        driver == null || driver.options() == null ? Map.of() : driver.options(),
        options == null || options.labels() == null ? Map.of() : options.labels());
  }

  private static void checkSubpath(String subpath) {
    Path path = Path.of(subpath).normalize();
    if (path.isAbsolute() || path.startsWith("..") || path.toString().isEmpty()) {
      throw ProaException.invalid("subpath must be a relative path within the volume");
    }
  }

  /** Read-only, as with Docker: what is written into an image's files would be gone with the container. */
  private static Wanted imageMount(MountRequest request, String target) {
    String source = required(request.source(), "Source");
    String subpath = request.imageOptions() == null ? "" : HostConfigChecks.orEmpty(request.imageOptions().subpath());
    if (!subpath.isEmpty()) {
      checkSubpath(subpath);
    }
    return new Wanted(
        Kind.IMAGE, source, clean(target), "", false, DEFAULT_PROPAGATION, false, subpath, false, true, List.of(), "", Map.of(), Map.of());
  }

  /** Options of another type than the mount's own. */
  private static void checkOptions(MountRequest request) {
    String type = HostConfigChecks.orEmpty(request.type());
    if (request.bindOptions() != null && !type.equals("bind")) {
      throw extraField("BindOptions");
    }
    if (request.volumeOptions() != null && !type.equals("volume")) {
      throw extraField("VolumeOptions");
    }
    if (request.imageOptions() != null && !type.equals("image")) {
      throw extraField("ImageOptions");
    }
    if (request.tmpfsOptions() != null && !type.equals("tmpfs")) {
      throw extraField("TmpfsOptions");
    }
  }

  private static Wanted tmpfsMount(MountRequest request, String target) {
    if (!HostConfigChecks.orEmpty(request.source()).isEmpty()) {
      throw extraField("Source");
    }
    List<String> options = new ArrayList<>();
    MountRequest.TmpfsOptions given = request.tmpfsOptions();
    if (given != null) {
      if (given.mode() != 0) {
        options.add("mode=" + Integer.toOctalString(given.mode()));
      }
      if (given.sizeBytes() != 0) {
        options.add("size=" + given.sizeBytes());
      }
      for (List<String> option : given.options() == null ? List.<List<String>>of() : given.options()) {
        if (option.isEmpty() || option.size() > 2) {
          throw ProaException.invalid("invalid option array length");
        }
        if (!option.getFirst().equals("exec") && !option.getFirst().equals("noexec")) {
          throw ProaException.invalid("invalid option: " + option.getFirst());
        }
        options.add(String.join("=", option));
      }
    }
    return tmpfs(target, options, !request.readOnly());
  }

  /** {@code --tmpfs target[:options]}. */
  public static Wanted tmpfs(String target, String options) {
    checkTarget(target);
    List<String> list = new ArrayList<>();
    boolean readWrite = true;
    for (String option : options.isEmpty() ? List.<String>of() : List.of(options.split(","))) {
      if (option.equals("ro")) {
        readWrite = false;
      } else if (!option.equals("rw") && !option.isEmpty()) {
        checkTmpfsOption(option);
        list.add(option);
      }
    }
    return tmpfs(target, list, readWrite);
  }

  /** mount(8) and tmpfs(5), in Docker's choice. */
  private static void checkTmpfsOption(String option) {
    int equals = option.indexOf('=');
    boolean known = equals < 0 ? TMPFS_FLAGS.contains(option) : TMPFS_VALUES.contains(option.substring(0, equals));
    if (!known) {
      String words = equals < 0 ? "\"" + option + '"' : "\"" + option.substring(0, equals) + "\" \"" + option.substring(equals + 1) + '"';
      throw ProaException.invalid("invalid tmpfs option [" + words + "]");
    }
  }

  private static Wanted tmpfs(String target, List<String> options, boolean readWrite) {
    return new Wanted(Kind.TMPFS, "", clean(target), "", readWrite, "", false, "", false, true, options, "", Map.of(), Map.of());
  }

  /** {@code container[:mode]}: reference and whether writable. */
  public static Map.Entry<String, Boolean> volumesFrom(String spec) {
    if (spec.isEmpty()) {
      throw ProaException.invalid("volumes-from specification cannot be an empty string");
    }
    int colon = spec.indexOf(':');
    String mode = colon < 0 ? "rw" : spec.substring(colon + 1);
    if (!mode.isEmpty()
        && (!validMode(mode) || List.of(mode.split(",")).stream().anyMatch(o -> PROPAGATIONS.contains(o) || COPY.contains(o)))) {
      throw ProaException.invalid("invalid mode: " + mode);
    }
    return Map.entry(colon < 0 ? spec : spec.substring(0, colon), !List.of(mode.split(",")).contains("ro"));
  }

  /** All that a host configuration asks for, by destination; a destination that is asked for twice is refused. */
  public static Map<String, Wanted> all(
      @Nullable List<String> binds, @Nullable List<MountRequest> mounts, @Nullable Map<String, String> tmpfs, String volumeDriver) {
    Map<String, Wanted> wanted = new LinkedHashMap<>();
    for (String bind : binds == null ? List.<String>of() : binds) {
      add(wanted, bind(bind, volumeDriver));
    }
    for (MountRequest mount : mounts == null ? List.<MountRequest>of() : mounts) {
      add(wanted, mount(mount));
    }
    if (tmpfs != null) {
      tmpfs.forEach((target, options) -> add(wanted, tmpfs(target, options == null ? "" : options)));
    }
    return wanted;
  }

  private static void add(Map<String, Wanted> wanted, Wanted mount) {
    if (wanted.putIfAbsent(mount.destination(), mount) != null) {
      throw ProaException.invalid("Duplicate mount point: " + mount.destination());
    }
  }

  static void checkTarget(String target) {
    if (target.indexOf('\0') >= 0) {
      throw ProaException.invalid("invalid mount path: it holds a NUL");
    }
    checkAbsolute(target);
    if (clean(target).equals("/")) {
      throw ProaException.invalid("invalid specification: destination can't be '/'");
    }
  }

  private static void checkAbsolute(String path) {
    if (!path.startsWith("/")) {
      throw ProaException.invalid("invalid mount path: '" + path + "' mount path must be absolute");
    }
  }

  /** Docker's local driver wants two characters at least. */
  public static void checkVolumeName(String name) {
    if (name.length() == 1) {
      throw ProaException.invalid("create " + name + ": volume name is too short, names should be at least two alphanumeric characters");
    }
    if (!VOLUME_NAME.matcher(name).matches() || name.length() > 255) {
      throw ProaException.invalid(
          "create "
              + name
              + ": \""
              + name
              + "\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to"
              + " pass a host directory, use absolute path");
    }
  }

  private static String required(@Nullable String value, String field) {
    if (value == null || value.isEmpty()) {
      throw ProaException.invalid("field " + field + " must not be empty");
    }
    return value;
  }

  private static ProaException extraField(String field) {
    return ProaException.invalid("field " + field + " must not be specified");
  }

  /** As Go's path.Clean for an absolute path: no dots, no doubled or trailing slashes, and no way above the root. */
  public static String clean(String path) {
    ArrayList<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return "/" + String.join("/", parts);
  }
}
