package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** rpm's packages: the headers in its database, which is one of three: SQLite's (since 4.16), rpm's own "ndb" (SUSE), and a hash of Berkeley DB (before). */
final class RpmReader implements PackageReader {
  private final Path folder;

  /** @param folder for a copy of the database while it is read */
  RpmReader(Path folder) {
    this.folder = folder;
  }

  /** The headers of a database, one after the other. */
  @FunctionalInterface
  interface Headers {
    void accept(byte[] blob);
  }

  @Override
  public boolean wants(String path) {
    return isIn("var/lib/rpm/", path) || isIn("usr/lib/sysimage/rpm/", path) || isIn("usr/share/rpm/", path);
  }

  private static boolean isIn(String folder, String path) {
    if (!path.startsWith(folder)) {
      return false;
    }
    return switch (path.substring(folder.length())) {
      case "rpmdb.sqlite", "Packages.db", "Packages" -> true;
      default -> false;
    };
  }

  @Override
  public long limit() {
    return 512L << 20;
  }

  @Override
  public void read(String path, InputStream in, Collector found) throws IOException {
    found.file(path);
    int[] broken = new int[1];
    Headers headers =
        blob -> {
          try {
            RpmHeader.read(blob, path, found);
          } catch (IOException e) {
            if (broken[0]++ == 0) {
              found.notice(path, Failures.text(e));
            }
          }
        };
    try (SpoolFile copy = new SpoolFile(folder, in, ".rpmdb");
        FileChannel file = FileChannel.open(copy.path(), StandardOpenOption.READ)) {
      if (path.endsWith(".sqlite")) {
        new SqliteBlobs(file).read("Packages", headers);
      } else if (path.endsWith(".db")) {
        new NdbBlobs(file).read(headers);
      } else {
        new BerkeleyHash(file).read(headers);
      }
    } finally {
      if (broken[0] > 1) {
        found.notice(path, broken[0] + " packages could not be read");
      }
    }
  }
}
