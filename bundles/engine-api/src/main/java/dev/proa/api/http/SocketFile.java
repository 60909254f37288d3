package dev.proa.api.http;

import dev.proa.spi.ProaException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of a listening Unix socket: who may connect is decided by its owner and mode, as Docker does it. */
final class SocketFile {
  private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);

  /** {@code sun_path} of {@code struct sockaddr_un} (linux/un.h) less the terminating zero. */
  private static final int MAX_PATH_BYTES = 107;

  private static final List<String> GROUPS = List.of("docker", "proa");

  private final Path path;

  SocketFile(Path path) {
    this.path = path;
  }

  /**
   * Makes way for a new socket: the folder exists afterwards, a socket nobody listens on is removed.
   *
   * @throws ProaException if somebody listens there, or it is no socket
   */
  void prepare() {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (!path.isAbsolute() || length > MAX_PATH_BYTES) {
      throw ProaException.invalid(
          "cannot listen on unix://" + path + ": the path of a socket must be absolute and have at most " + MAX_PATH_BYTES + " bytes");
    }
    try {
      Path folder = path.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        removeStale();
      }
    } catch (IOException e) {
      throw ProaException.unavailable("cannot listen on unix://" + path + ": " + e.getMessage(), e);
    }
  }

  private void removeStale() throws IOException {
    PosixFileAttributes attributes = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isOther()) {
      throw ProaException.conflict("cannot listen on unix://" + path + ": a file that is no socket is in the way; remove it or choose another path");
    }
    boolean live;
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      live = channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      LOG.debug("unix://{}: nobody listens ({}), replacing it", path, e.getMessage());
      live = false;
    }
    if (live) {
      throw ProaException.conflict(
          "cannot listen on unix://" + path + ": another daemon answers there; stop it or choose another socket with --host");
    }
    Files.delete(path);
  }

  /** Mode 0660 and group docker, or proa, or the daemon's own. */
  void open() {
    try {
      GroupPrincipal group = group();
      if (group != null) {
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setGroup(group);
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    } catch (IOException e) {
      throw ProaException.unavailable("cannot set the owner and mode of " + path + ": " + e.getMessage(), e);
    }
  }

  private @Nullable GroupPrincipal group() throws IOException {
    for (String name : GROUPS) {
      try {
        return path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
      } catch (UserPrincipalNotFoundException e) {
        LOG.trace("there is no group {}", name);
      }
    }
    return null;
  }

  void remove() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("cannot remove the socket {}: {}", path, e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "unix://" + path;
  }
}
