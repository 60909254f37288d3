package dev.proa.cli.command;

import dev.proa.cli.CliException;
import dev.proa.cli.http.Connection;
import dev.proa.cli.http.Engine;
import dev.proa.cli.http.EngineException;
import dev.proa.cli.json.Json;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files into and out of a container by {@code …/archive}, packed by the host's tar. Where a copy goes follows cp(1), as docker has it: into a folder that is
 * there, under a new name where nothing is; {@code SRC/.} means what is in the folder.
 */
public final class ContainerCopy {
  /** Go's bit for folders in the mode of a path's stat. */
  private static final long GO_MODE_DIRECTORY = 1L << 31;

  private static final long GO_MODE_SYMLINK = 1L << 27;

  private final Engine engine;
  private final String container;
  private final boolean followLink;
  private final boolean keepOwners;

  public ContainerCopy(Engine engine, String container, boolean followLink, boolean keepOwners) {
    this.engine = engine;
    this.container = container;
    this.followLink = followLink;
    this.keepOwners = keepOwners;
  }

  /** What a path in the container is. */
  private record Stat(boolean directory, boolean link, String target) {}

  /** @return how many bytes of archive came */
  public long out(String source, String target, OutputStream standardOutput) throws IOException {
    String from = source;
    if (followLink) {
      Stat stat = stat(source);
      if (stat != null && stat.link) {
        from = Path.of("/", source).resolveSibling(stat.target).normalize().toString();
      }
    }
    String query = "/containers/" + Engine.escape(container) + "/archive?path=" + Engine.escape(from);
    if (target.equals("-")) {
      try (Engine.Answer answer = engine.open("GET", query, null)) {
        return answer.body().transferTo(standardOutput);
      }
    }
    Path to = Path.of(target);
    boolean into = Files.isDirectory(to);
    Path folder = into ? to : to.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CliException(1, "invalid output path: directory \"" + folder + "\" does not exist");
    }
    try (Engine.Answer answer = engine.open("GET", query, null)) {
      Stat stat = stat(answer.head());
      boolean folderThere = stat != null && stat.directory;
      if (folderThere && !into && Files.exists(to)) {
        throw new CliException(1, "cannot copy directory");
      }
      if (!folderThere && !into && target.endsWith("/")) {
        throw new CliException(1, "destination directory \"" + target + "\" must exist");
      }
      List<String> line = new ArrayList<>(List.of("tar", "-x", keepOwners ? "--same-owner" : "--no-same-owner", "-f", "-", "-C", folder.toString()));
      Path name = Path.of(from).normalize().getFileName();
      if (!into) {
        line.addAll(renaming(source.endsWith("/.") ? "." : name == null ? "." : name.toString(), String.valueOf(to.getFileName())));
      } else if (followLink && !from.equals(source)) {
        line.addAll(renaming(String.valueOf(name), String.valueOf(Path.of(source).getFileName())));
      }
      Process tar = tar(line);
      long copied;
      try (OutputStream input = tar.getOutputStream()) {
        copied = answer.body().transferTo(input);
      }
      check(tar);
      return copied;
    }
  }

  /** @return how many bytes of archive went */
  public long in(String source, String target, InputStream standardInput) throws IOException {
    Stat there = stat(target);
    if (there != null && there.link) {
      there = stat(Path.of("/", target).resolveSibling(there.target).normalize().toString());
    }
    boolean into = there != null && there.directory;
    if (source.equals("-")) {
      if (!into) {
        throw new CliException(1, "destination \"" + container + ":" + target + "\" must be a directory");
      }
      return put(target, standardInput);
    }
    Path given = Path.of(source).toAbsolutePath();
    if (!Files.exists(given, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      throw new CliException(1, "lstat " + given + ": no such file or directory");
    }
    boolean contents = source.endsWith("/.") || source.equals(".");
    Path real = given.normalize();
    boolean folder = Files.isDirectory(real);
    if (there != null && !into && folder) {
      throw new CliException(1, "cannot copy directory");
    }
    if (there == null && !folder && target.endsWith("/")) {
      throw new CliException(1, "destination directory \"" + target + "\" must exist");
    }
    String name = contents ? "." : String.valueOf(real.getFileName());
    Path at = Path.of("/", target).normalize();
    List<String> line = new ArrayList<>(List.of("tar", "-c", "-f", "-", "-C", String.valueOf(contents ? real : real.getParent())));
    if (followLink) {
      line.add("-h");
    }
    if (!keepOwners) {
      line.addAll(List.of("--owner=0", "--group=0", "--numeric-owner"));
    }
    if (!into) {
      line.addAll(renaming(name, String.valueOf(at.getFileName())));
    }
    line.addAll(List.of("--", name));
    Process tar = tar(line);
    tar.getOutputStream().close();
    long copied;
    try (InputStream packed = tar.getInputStream()) {
      copied = put(into || at.getParent() == null ? target : at.getParent().toString(), packed);
    }
    check(tar);
    return copied;
  }

  private long put(String folder, InputStream tar) throws IOException {
    long[] bytes = new long[1];
    InputStream counted =
        new FilterInputStream(tar) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            bytes[0] += Math.max(0, n);
            return n;
          }
        };
    engine.put(
        "/containers/" + Engine.escape(container) + "/archive?noOverwriteDirNonDir=true" + (keepOwners ? "&copyUIDGID=true" : "") + "&path=" + Engine.escape(folder), counted);
    return bytes[0];
  }

  /** Null if there is nothing; a container that does not exist is an error. */
  private @Nullable Stat stat(String path) throws IOException {
    try {
      return stat(engine.head("/containers/" + Engine.escape(container) + "/archive?path=" + Engine.escape(path)));
    } catch (EngineException e) {
      if (e.status() == 404) {
        engine.get("/containers/" + Engine.escape(container) + "/json");
        return null;
      }
      throw e;
    }
  }

  private static @Nullable Stat stat(Connection.Head head) {
    String header = head.header("X-Docker-Container-Path-Stat");
    if (header == null) {
      return null;
    }
    Object stat = Json.parse(new String(Base64.getDecoder().decode(header), StandardCharsets.UTF_8));
    long mode = Json.number(stat, "mode");
    return new Stat((mode & GO_MODE_DIRECTORY) != 0, (mode & GO_MODE_SYMLINK) != 0, Json.text(stat, "linkTarget"));
  }

  /** The archive's first name under another one; targets of symbolic links are left as they are. */
  private static List<String> renaming(String name, String other) {
    if (name.equals(other)) {
      return List.of();
    }
    String pattern = name.replaceAll("([\\\\.*\\[\\]^$,])", "\\\\$1");
    String replacement = other.replaceAll("([\\\\&,])", "\\\\$1");
    return List.of("--transform", "flags=rhS;s,^" + pattern + "\\(/\\|$\\)," + replacement + "\\1,");
  }

  private static Process tar(List<String> line) throws IOException {
    return new ProcessBuilder(line).redirectOutput(ProcessBuilder.Redirect.PIPE).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void check(Process tar) {
    try {
      if (tar.waitFor() != 0) {
        throw new CliException(1, "tar ended with status " + tar.exitValue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(130, "interrupted");
    }
  }
}
