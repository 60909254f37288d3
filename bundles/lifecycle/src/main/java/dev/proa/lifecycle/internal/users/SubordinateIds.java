package dev.proa.lifecycle.internal.users;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which ids of the host containers get with {@code --userns-remap}, as dockerd reads it: {@code default}, {@code USER[:GROUP]} or {@code UID[:GID]},
 * looked up in /etc/subuid and /etc/subgid (subuid(5)).
 *
 * @param user whose ranges they are, for {@code info}
 */
public record SubordinateIds(String user, List<Spec.IdMapping> uids, List<Spec.IdMapping> gids) {
  /** The user that dockerd makes when it is told nothing but "default". */
  private static final String DEFAULT_USER = "dockremap";

  private static final long FIRST = 100_000;
  private static final long COUNT = 65_536;

  public SubordinateIds {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /** {@code FAILED_PRECONDITION} if the host has no ranges for them. */
  public static SubordinateIds of(String setting) {
    return of(setting, Path.of("/etc"));
  }

  static SubordinateIds of(String setting, Path etc) {
    int colon = setting.indexOf(':');
    String user = colon < 0 ? setting : setting.substring(0, colon);
    String group = colon < 0 ? "" : setting.substring(colon + 1);
    if (user.isEmpty() || group.contains(":") || colon >= 0 && group.isEmpty()) {
      throw ProaException.invalid("invalid value for --userns-remap: \"" + setting + "\"");
    }
    if (user.equals("default")) {
      ensure(etc.resolve("subuid"));
      ensure(etc.resolve("subgid"));
      user = DEFAULT_USER;
      group = DEFAULT_USER;
    }
    String userName = name(etc.resolve("passwd"), user);
    // dockerd's habit: without a group that of the same name.
    String groupName = group.isEmpty() ? userName : name(etc.resolve("group"), group);
    return new SubordinateIds(
        userName,
        ranges(etc.resolve("subuid"), userName, number(etc.resolve("passwd"), userName), "subuid", "user"),
        ranges(etc.resolve("subgid"), groupName, number(etc.resolve("group"), groupName), "subgid", "group"));
  }

  /** A number is the name that passwd(5) or group(5) has for it. */
  private static String name(Path file, String given) {
    if (!given.chars().allMatch(Character::isDigit)) {
      return given;
    }
    for (String line : lines(file)) {
      String[] fields = line.split(":");
      if (fields.length > 2 && fields[2].equals(given)) {
        return fields[0];
      }
    }
    return given;
  }

  private static @Nullable String number(Path file, String name) {
    for (String line : lines(file)) {
      String[] fields = line.split(":");
      if (fields.length > 2 && fields[0].equals(name)) {
        return fields[2];
      }
    }
    return null;
  }

  private static List<Spec.IdMapping> ranges(Path file, String name, @Nullable String number, String what, String kind) {
    List<Spec.IdMapping> ranges = new ArrayList<>();
    long inside = 0;
    for (String line : lines(file)) {
      String[] fields = line.strip().split(":");
      if (fields.length != 3 || !(fields[0].equals(name) || fields[0].equals(number))) {
        continue;
      }
      try {
        long size = Long.parseLong(fields[2]);
        ranges.add(new Spec.IdMapping(inside, Long.parseLong(fields[1]), size));
        inside += size;
      } catch (NumberFormatException e) {
        throw ProaException.failedPrecondition(file + ": \"" + line + "\" is no range of ids");
      }
    }
    if (ranges.isEmpty()) {
      throw ProaException.failedPrecondition("can't create ID mappings: no " + what + " ranges found for " + kind + " \"" + name + "\" in " + file);
    }
    return ranges;
  }

  /** Ranges for the default user behind all that are given away, as useradd(8) would choose them. */
  private static void ensure(Path file) {
    long free = FIRST;
    for (String line : lines(file)) {
      String[] fields = line.strip().split(":");
      if (fields.length != 3) {
        continue;
      }
      if (fields[0].equals(DEFAULT_USER)) {
        return;
      }
      try {
        free = Math.max(free, Long.parseLong(fields[1]) + Long.parseLong(fields[2]));
      } catch (NumberFormatException e) {
        throw ProaException.failedPrecondition(file + ": \"" + line + "\" is no range of ids");
      }
    }
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      String line = (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + DEFAULT_USER + ":" + free + ":" + COUNT + "\n";
      Files.write(file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot add a range for " + DEFAULT_USER + " to " + file + ": " + e.getMessage());
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw ProaException.failedPrecondition("cannot read " + file + ": " + e.getMessage());
    }
  }
}
