package dev.proa.namespace.plan;

import dev.proa.linux.abi.Mount;
import dev.proa.spi.ProaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Options of a mount, as mount(8) and the runtime specification spell them (config.md, "Linux mount options"), sorted by who takes them.
 *
 * @param set MOUNT_ATTR_* of the mount itself
 * @param recursiveSet those of everything mounted below it as well ({@code rro})
 * @param propagation MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0 if none is given
 * @param remount whether it changes what is mounted there already
 * @param copyUp whether what lies at its place is copied into it
 * @param parameters the file system's own: {@code key=value} or {@code key}
 */
public record MountOptions(
    boolean bind,
    boolean recursiveBind,
    long set,
    long clear,
    long recursiveSet,
    long recursiveClear,
    long propagation,
    boolean recursivePropagation,
    IdMapping idMapping,
    boolean remount,
    boolean copyUp,
    List<String> parameters) {

  /** Whether its files are shown with other owners. */
  public enum IdMapping {
    NONE,
    /** This mount. */
    ONE,
    /** Those below it as well. */
    ALL
  }

  private record Attribute(long set, long clear) {}

  private static final Map<String, Attribute> ATTRIBUTES =
      Map.ofEntries(
          Map.entry("ro", new Attribute(Mount.MOUNT_ATTR_RDONLY, 0)),
          Map.entry("rw", new Attribute(0, Mount.MOUNT_ATTR_RDONLY)),
          Map.entry("nosuid", new Attribute(Mount.MOUNT_ATTR_NOSUID, 0)),
          Map.entry("suid", new Attribute(0, Mount.MOUNT_ATTR_NOSUID)),
          Map.entry("nodev", new Attribute(Mount.MOUNT_ATTR_NODEV, 0)),
          Map.entry("dev", new Attribute(0, Mount.MOUNT_ATTR_NODEV)),
          Map.entry("noexec", new Attribute(Mount.MOUNT_ATTR_NOEXEC, 0)),
          Map.entry("exec", new Attribute(0, Mount.MOUNT_ATTR_NOEXEC)),
          Map.entry("nodiratime", new Attribute(Mount.MOUNT_ATTR_NODIRATIME, 0)),
          Map.entry("diratime", new Attribute(0, Mount.MOUNT_ATTR_NODIRATIME)),
          Map.entry("relatime", new Attribute(Mount.MOUNT_ATTR_RELATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("norelatime", new Attribute(Mount.MOUNT_ATTR_STRICTATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("noatime", new Attribute(Mount.MOUNT_ATTR_NOATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("atime", new Attribute(Mount.MOUNT_ATTR_RELATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("strictatime", new Attribute(Mount.MOUNT_ATTR_STRICTATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("nostrictatime", new Attribute(Mount.MOUNT_ATTR_RELATIME, Mount.MOUNT_ATTR__ATIME)),
          Map.entry("nosymfollow", new Attribute(Mount.MOUNT_ATTR_NOSYMFOLLOW, 0)),
          Map.entry("symfollow", new Attribute(0, Mount.MOUNT_ATTR_NOSYMFOLLOW)));

  private static final Map<String, Long> PROPAGATIONS =
      Map.of("private", Mount.MS_PRIVATE, "slave", Mount.MS_SLAVE, "shared", Mount.MS_SHARED, "unbindable", Mount.MS_UNBINDABLE);

  /** What is so anyway: messages, and what the kernel no longer has. */
  private static final Set<String> NOTHING_TO_DO = Set.of("loud", "silent", "noiversion", "nomand");

  /** Those that the kernel takes for every file system by name (fs/fs_context.c, common_set_sb_flag); {@code iversion} is not among them. */
  private static final Set<String> OF_EVERY_FILE_SYSTEM = Set.of("async", "sync", "dirsync", "lazytime", "nolazytime", "mand", "iversion");

  public MountOptions {
    parameters = List.copyOf(parameters);
  }

  /** Those that are not a file system's own. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(List.of("bind", "rbind", "defaults", "idmap", "ridmap", "remount", "tmpcopyup"));
    names.addAll(NOTHING_TO_DO);
    names.addAll(OF_EVERY_FILE_SYSTEM);
    ATTRIBUTES.keySet().forEach(name -> names.addAll(List.of(name, "r" + name)));
    PROPAGATIONS.keySet().forEach(name -> names.addAll(List.of(name, "r" + name)));
    return names;
  }

  /** @param destination for messages */
  static MountOptions parse(String destination, String type, List<String> options) {
    Parser parser = new Parser();
    for (String option : options) {
      parser.take(destination, option);
    }
    boolean bind = parser.bind || type.equals("bind");
    return new MountOptions(
        bind,
        parser.recursiveBind,
        parser.set,
        parser.clear,
        parser.recursiveSet,
        parser.recursiveClear,
        parser.propagation,
        parser.recursivePropagation,
        parser.idMapping,
        parser.remount,
        parser.copyUp,
        parser.parameters);
  }

  private static final class Parser {
    boolean bind;
    boolean recursiveBind;
    long set;
    long clear;
    long recursiveSet;
    long recursiveClear;
    long propagation;
    boolean recursivePropagation;
    IdMapping idMapping = IdMapping.NONE;
    boolean remount;
    boolean copyUp;
    final List<String> parameters = new ArrayList<>();

    void take(String destination, String option) {
      Attribute attribute = ATTRIBUTES.get(option);
      if (attribute != null) {
        clear = clear & ~attribute.set | attribute.clear;
        set = set & ~attribute.clear | attribute.set;
        return;
      }
      String base = option.startsWith("r") ? option.substring(1) : option;
      boolean recursive = option.startsWith("r");
      attribute = recursive ? ATTRIBUTES.get(base) : null;
      if (attribute != null) {
        recursiveClear = recursiveClear & ~attribute.set | attribute.clear;
        recursiveSet = recursiveSet & ~attribute.clear | attribute.set;
        return;
      }
      Long spread = PROPAGATIONS.containsKey(option) ? PROPAGATIONS.get(option) : PROPAGATIONS.get(base);
      if (spread != null) {
        propagation = spread;
        recursivePropagation = recursive;
        return;
      }
      switch (option) {
        case "bind" -> bind = true;
        case "rbind" -> {
          bind = true;
          recursiveBind = true;
        }
        case "defaults", "loud", "silent", "noiversion", "nomand", "z", "Z" -> {
          // What is so anyway, and labels of a security module that is not there.
        }
        case "remount" -> remount = true;
        case "tmpcopyup" -> copyUp = true;
        case "idmap" -> idMapping = IdMapping.ONE;
        case "ridmap" -> idMapping = IdMapping.ALL;
        default -> {
          if (option.isEmpty() || option.indexOf(',') >= 0 && !option.startsWith("lowerdir=")) {
            throw ProaException.invalid("mount " + destination + ": \"" + option + "\" is no mount option");
          }
          parameters.add(option);
        }
      }
    }
  }
}
