package dev.proa.cli.command;

import dev.proa.builder.PathPatterns;
import dev.proa.cli.CliException;
import dev.proa.cli.http.Engine;
import dev.proa.linux.tar.TarEntry;
import dev.proa.linux.tar.TarEntry.Type;
import dev.proa.linux.tar.TarWriter;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A build's context as a tar stream, made while it is read; what {@code .dockerignore} names is never opened. */
final class BuildContextTar {
  /** Under which name a Dockerfile from elsewhere is sent. */
  private static final String SENT = ".proa.Dockerfile";

  private BuildContextTar() {}

  /** Standard input: a tar stream, plain or compressed, or else a Dockerfile alone. */
  static InputStream ofStream(InputStream in, StringBuilder query, @Nullable String file) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
    buffered.mark(1024);
    byte[] first = buffered.readNBytes(512);
    buffered.reset();
    if (first.length == 0) {
      throw new CliException(1, "standard input is empty");
    }
    boolean tar = first.length > 262 && new String(first, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
    boolean compressed = first.length > 3 && ((first[0] & 0xff) == 0x1f || first[0] == 'B' && first[1] == 'Z' || (first[0] & 0xff) == 0xfd || (first[0] & 0xff) == 0x28);
    if (tar || compressed) {
      if (file != null) {
        query.append("&dockerfile=").append(Engine.escape(file));
      }
      return buffered;
    }
    byte[] dockerfile = buffered.readAllBytes();
    return new SequenceInputStream(bytes("Dockerfile", dockerfile), new ByteArrayInputStream(new byte[TarWriter.END_BYTES]));
  }

  /**
   * @param file path of the Dockerfile, null for the one in the folder
   * @param dockerfile its text if it does not come from a file
   * @param query gets the parameter {@code dockerfile}
   */
  static InputStream ofFolder(Path folder, @Nullable String file, byte @Nullable [] dockerfile, StringBuilder query) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CliException(1, "unable to prepare context: path \"" + folder + "\" not found");
    }
    Path root = folder.toRealPath();
    byte[] sent = dockerfile;
    String name = "Dockerfile";
    if (sent == null) {
      Path path = file == null ? root.resolve("Dockerfile") : Path.of(file);
      if (!Files.exists(path)) {
        throw new CliException(1, "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat " + path.toAbsolutePath() + ": no such file or directory");
      }
      Path real = path.toRealPath();
      if (real.startsWith(root)) {
        name = root.relativize(real).toString();
      } else {
        sent = Files.readAllBytes(real);
      }
    }
    PathPatterns ignored = ignored(root, file == null ? null : Path.of(file + ".dockerignore"), name);
    if (sent != null) {
      name = SENT;
    }
    query.append("&dockerfile=").append(Engine.escape(name));
    List<InputStream> end = new ArrayList<>();
    if (sent != null) {
      end.add(bytes(SENT, sent));
    }
    end.add(new ByteArrayInputStream(new byte[TarWriter.END_BYTES]));
    return new SequenceInputStream(new Members(root, ignored, name, end));
  }

  private static PathPatterns ignored(Path root, @Nullable Path own, String dockerfile) throws IOException {
    for (Path list : new Path[] {own == null ? root.resolve(dockerfile + ".dockerignore") : own, root.resolve(".dockerignore")}) {
      if (Files.isRegularFile(list)) {
        return PathPatterns.ofIgnoreFile(Files.readString(list));
      }
    }
    return PathPatterns.of(List.of());
  }

  private static InputStream bytes(String name, byte[] content) {
    TarEntry entry = new TarEntry(name, Type.FILE, "", 0644, 0, 0, content.length, 0, 0, 0, 0, Map.of(), null);
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(
                new ByteArrayInputStream(TarWriter.header(entry)), new ByteArrayInputStream(content), new ByteArrayInputStream(new byte[TarWriter.padding(entry)]))));
  }

  /** The members of a folder, opened one after the other. */
  private static final class Members implements Enumeration<InputStream> {
    private final Path root;
    private final PathPatterns ignored;
    private final String dockerfile;
    private final Deque<Path> open = new ArrayDeque<>();
    private final Deque<InputStream> next = new ArrayDeque<>();
    private final List<InputStream> end;

    Members(Path root, PathPatterns ignored, String dockerfile, List<InputStream> end) throws IOException {
      this.root = root;
      this.ignored = ignored;
      this.dockerfile = dockerfile;
      this.end = new ArrayList<>(end);
      children(root);
    }

    private void children(Path folder) throws IOException {
      try (Stream<Path> list = Files.list(folder)) {
        List<Path> children = list.sorted(Collections.reverseOrder()).toList();
        children.forEach(open::push);
      }
    }

    @Override
    public boolean hasMoreElements() {
      while (next.isEmpty()) {
        if (open.isEmpty()) {
          if (end.isEmpty()) {
            return false;
          }
          next.addAll(end);
          end.clear();
          return true;
        }
        try {
          member(open.pop());
        } catch (IOException e) {
          throw new CliException(1, "cannot read the build context: " + e);
        }
      }
      return true;
    }

    @Override
    public InputStream nextElement() {
      if (!hasMoreElements()) {
        throw new NoSuchElementException();
      }
      return next.removeFirst();
    }

    private void member(Path path) throws IOException {
      String name = root.relativize(path).toString();
      PosixFileAttributes file = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      // The engine needs these two, and leaves them out again.
      boolean left = ignored.matches(name) && !name.equals(dockerfile) && !name.equals(".dockerignore");
      if (file.isDirectory()) {
        boolean leads = (dockerfile + "/").startsWith(name + "/");
        if (!left || ignored.hasExceptions() || leads) {
          children(path);
        }
        if (!left) {
          header(name + "/", Type.DIRECTORY, "", file, 0);
        }
      } else if (left) {
        return;
      } else if (file.isSymbolicLink()) {
        header(name, Type.SYMBOLIC_LINK, Files.readSymbolicLink(path).toString(), file, 0);
      } else if (file.isRegularFile()) {
        TarEntry entry = header(name, Type.FILE, "", file, file.size());
        next.add(Files.newInputStream(path));
        next.add(new ByteArrayInputStream(new byte[TarWriter.padding(entry)]));
      }
    }

    private TarEntry header(String name, Type type, String link, PosixFileAttributes file, long size) {
      TarEntry entry =
          new TarEntry(name, type, link, mode(file.permissions()), 0, 0, size, file.lastModifiedTime().toInstant().getEpochSecond(), 0, 0, 0, Map.of(), null);
      next.add(new ByteArrayInputStream(TarWriter.header(entry)));
      return entry;
    }

    private static int mode(Set<PosixFilePermission> permissions) {
      int mode = 0;
      for (PosixFilePermission permission : permissions) {
        mode |= 0400 >> permission.ordinal();
      }
      return mode;
    }
  }
}
