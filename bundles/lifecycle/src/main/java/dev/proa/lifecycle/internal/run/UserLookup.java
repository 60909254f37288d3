package dev.proa.lifecycle.internal.run;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.abi.Stat;
import dev.proa.spi.ProaException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who {@code -u} means in a container: looked up in the container's own {@code /etc/passwd} and {@code /etc/group}, which are the
 * container's and so hostile: opened below its root whatever links say, plain files only, read up to a limit.
 */
public final class UserLookup {
  private static final int MAX_FILE = 16 << 20;
  private static final int BLOCK = 65536;
  private static final long MAX_ID = Integer.MAX_VALUE;

  /** Short decimal only: what is longer is no id, and would overflow. */
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private UserLookup() {}

  /** @param home where to begin; {@code /} if the files do not say */
  public record User(int uid, int gid, List<Integer> groups, String home) {
    public User {
      groups = List.copyOf(groups);
    }
  }

  private record PasswordLine(String name, int uid, int gid, String home) {}

  private record GroupLine(String name, int gid, List<String> members) {}

  /**
   * @param root the container's root directory
   * @param user {@code [user[:group]]}, names or numbers; empty for root
   * @param addedGroups {@code --group-add}
   */
  public static User lookUp(Fd root, String user, List<String> addedGroups) {
    return lookUp(read(root, "etc/passwd"), read(root, "etc/group"), user, addedGroups);
  }

  static User lookUp(String passwd, String group, String spec, List<String> addedGroups) {
    int colon = spec.indexOf(':');
    String userText = colon < 0 ? spec : spec.substring(0, colon);
    String groupText = colon < 0 ? "" : spec.substring(colon + 1);
    List<GroupLine> groups = groups(group);
    PasswordLine entry = findUser(passwd, userText.isEmpty() ? "0" : userText);
    int uid = entry != null ? entry.uid() : userText.isEmpty() ? 0 : id(userText, "unable to find user " + userText + ": no matching entries in passwd file");
    int gid = entry != null ? entry.gid() : 0;
    Set<Integer> supplementary = new LinkedHashSet<>();
    if (groupText.isEmpty()) {
      if (entry != null) {
        groups.stream().filter(line -> line.members().contains(entry.name())).forEach(line -> supplementary.add(line.gid()));
      }
    } else {
      gid = groupId(groups, groupText, "unable to find group " + groupText + ": no matching entries in group file");
    }
    for (String added : addedGroups) {
      supplementary.add(groupId(groups, added, "unable to find group " + added + ": no matching entries in group file"));
    }
    List<Integer> all = new ArrayList<>();
    all.add(gid);
    supplementary.stream().filter(g -> !all.contains(g)).forEach(all::add);
    return new User(uid, gid, all, entry != null && !entry.home().isEmpty() ? entry.home() : "/");
  }

  private static @Nullable PasswordLine findUser(String passwd, String wanted) {
    PasswordLine byNumber = null;
    for (String line : passwd.split("\n")) {
      String[] fields = line.strip().split(":", -1);
      if (fields.length < 4 || !NUMBER.matcher(fields[2]).matches() || !NUMBER.matcher(fields[3]).matches()) {
        continue;
      }
      long uid = Long.parseLong(fields[2]);
      long gid = Long.parseLong(fields[3]);
      if (uid > MAX_ID || gid > MAX_ID) {
        continue;
      }
      PasswordLine entry = new PasswordLine(fields[0], (int) uid, (int) gid, fields.length > 5 ? fields[5] : "");
      // A name of digits is still a name first.
      if (entry.name().equals(wanted)) {
        return entry;
      }
      if (byNumber == null && fields[2].equals(wanted)) {
        byNumber = entry;
      }
    }
    return byNumber;
  }

  private static List<GroupLine> groups(String group) {
    List<GroupLine> lines = new ArrayList<>();
    for (String line : group.split("\n")) {
      String[] fields = line.strip().split(":", -1);
      if (fields.length < 3 || !NUMBER.matcher(fields[2]).matches() || Long.parseLong(fields[2]) > MAX_ID) {
        continue;
      }
      lines.add(new GroupLine(fields[0], Integer.parseInt(fields[2]), fields.length > 3 ? List.of(fields[3].split(",")) : List.of()));
    }
    return lines;
  }

  private static int groupId(List<GroupLine> groups, String wanted, String notFound) {
    for (GroupLine line : groups) {
      if (line.name().equals(wanted)) {
        return line.gid();
      }
    }
    return id(wanted, notFound);
  }

  private static int id(String text, String notFound) {
    if (!NUMBER.matcher(text).matches()) {
      throw ProaException.invalid(notFound);
    }
    long id = Long.parseLong(text);
    if (id > MAX_ID) {
      throw ProaException.invalid("uids and gids must be in range 0-" + MAX_ID);
    }
    return (int) id;
  }

  /** Empty if there is none: an image need not have these files. */
  private static String read(Fd root, String path) {
    try (Fd file = Fs.openInRoot(root, path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, 0)) {
      if ((Fs.fstat(file).mode() & Stat.S_IFMT) != Stat.S_IFREG) {
        throw ProaException.invalid("/" + path + " of the container is no plain file");
      }
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      byte[] block = new byte[BLOCK];
      for (int n = Io.read(file, block, 0, BLOCK); n > 0; n = Io.read(file, block, 0, BLOCK)) {
        text.write(block, 0, n);
        if (text.size() > MAX_FILE) {
          throw ProaException.invalid("/" + path + " of the container is larger than " + MAX_FILE + " bytes");
        }
      }
      return text.toString(StandardCharsets.UTF_8);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return "";
      }
      throw ProaException.internal("cannot read /" + path + " of the container: " + e.getMessage(), e);
    }
  }
}
