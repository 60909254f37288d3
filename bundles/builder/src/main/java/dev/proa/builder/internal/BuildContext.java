package dev.proa.builder.internal;

import dev.proa.builder.BuildRequest;
import dev.proa.builder.BuildSource;
import dev.proa.builder.PathPatterns;
import dev.proa.builder.internal.context.ContextUnpacker;
import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.ScratchFolder;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.linux.tar.TarFormatException;
import dev.proa.linux.tar.TarReader;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A build's context on the disk, and its Dockerfile. Closing removes it. */
final class BuildContext implements AutoCloseable {
  private static final int MAX_DOCKERFILE = 4 << 20;

  private final ScratchFolder scratch;
  private final Path folder;
  private final Fd root;
  private final FileTree tree;
  private final String dockerfileName;
  private final String dockerfile;
  private @Nullable PathPatterns ignored;

  private BuildContext(ScratchFolder scratch, Path folder, String dockerfileName, @Nullable String dockerfile, Ignoring ignoring) throws IOException {
    this.scratch = scratch;
    this.folder = folder;
    this.root = Fs.open(folder.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
    try {
      this.tree = new FileTree(root);
      this.dockerfileName = dockerfileName;
      this.dockerfile = dockerfile == null ? readDockerfile() : dockerfile;
      ignore(ignoring);
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  /** The folder that somebody fills, which is his and stays. */
  static BuildContext supplied(BuildSource.Supplier supplier, Path folder, Folders folders) throws InterruptedException {
    ScratchFolder scratch = ScratchFolder.make(folders.scratch());
    try {
      BuildSource.Supplied files = supplier.fill(folder, scratch.path());
      BuildContext context = new BuildContext(scratch, folder, files.dockerfileName(), files.dockerfile(), Ignoring.DONE);
      context.ignored = files.ignored();
      return context;
    } catch (IOException e) {
      scratch.close();
      throw Thread.currentThread().isInterrupted()
          ? ProaException.unavailable("the build was canceled", e)
          : ProaException.unavailable("cannot take in the build context: " + e.getMessage(), e);
    } catch (RuntimeException | InterruptedException e) {
      scratch.close();
      throw e;
    }
  }

  /** Who takes out what {@code .dockerignore} names. */
  private enum Ignoring {
    /** It is out, the Dockerfile and the list itself included. */
    DONE,
    /** A client has, but sends the Dockerfile and the list itself all the same. */
    LEFTOVERS,
    /** Nobody yet. */
    ALL
  }

  /** @param stream the request's body; null if there is none */
  static BuildContext open(BuildRequest request, @Nullable InputStream stream, Folders folders) throws InterruptedException {
    String name = request.dockerfile().isEmpty() ? "Dockerfile" : PathPatterns.clean(request.dockerfile());
    ScratchFolder scratch = ScratchFolder.make(folders.scratch());
    try {
      Path folder = scratch.path().resolve("context");
      if (request.remote().isEmpty()) {
        if (stream == null) {
          throw ProaException.invalid("there is no build context: send a tar archive, or name a remote one");
        }
        ContextUnpacker.unpack(stream, folder);
        return new BuildContext(scratch, folder, name, null, Ignoring.LEFTOVERS);
      }
      return remote(request, scratch, folder, name);
    } catch (IOException e) {
      scratch.close();
      throw ProaException.internal("cannot take in the build context: " + e.getMessage(), e);
    } catch (RuntimeException | InterruptedException e) {
      scratch.close();
      throw e;
    }
  }

  private static BuildContext remote(BuildRequest request, ScratchFolder scratch, Path folder, String name) throws IOException, InterruptedException {
    String remote = request.remote();
    if (GitRepository.isAddress(remote)) {
      GitRepository repository = GitRepository.parse(remote);
      repository.checkOut(folder, false);
      String below = PathPatterns.clean(repository.folder());
      Path inside = folder.resolve(below).toRealPath();
      if (!inside.startsWith(folder.toRealPath()) || !Files.isDirectory(inside)) {
        throw ProaException.invalid("the folder " + below + " of " + repository.address() + " is none, or leads out of the repository");
      }
      return new BuildContext(scratch, inside, name, null, Ignoring.ALL);
    }
    if (!Fetch.isAddress(remote)) {
      throw ProaException.invalid("remote \"" + remote + "\" is neither a git repository nor an http or https address");
    }
    Fetch.Fetched fetched = Fetch.to(scratch.path(), remote);
    try (InputStream in = Files.newInputStream(fetched.file())) {
      if (isArchive(fetched.file())) {
        ContextUnpacker.unpack(in, folder);
        return new BuildContext(scratch, folder, name, null, Ignoring.ALL);
      }
      Files.createDirectory(folder);
      if (Files.size(fetched.file()) > MAX_DOCKERFILE) {
        throw ProaException.invalid("what " + remote + " gives is neither a tar archive nor a Dockerfile");
      }
      return new BuildContext(scratch, folder, "Dockerfile", new String(in.readAllBytes(), StandardCharsets.UTF_8), Ignoring.LEFTOVERS);
    }
  }

  private static boolean isArchive(Path file) throws IOException {
    try (InputStream in = dev.proa.images.Decompression.of(Files.newInputStream(file))) {
      return new TarReader(in, 64 << 10).next() != null;
    } catch (TarFormatException e) {
      return false;
    }
  }

  private String readDockerfile() throws IOException {
    Entry file = tree.find(dockerfileName);
    if (file == null || !file.status().isRegularFile()) {
      throw ProaException.invalid("Cannot locate specified Dockerfile: " + dockerfileName);
    }
    if (file.status().size() > MAX_DOCKERFILE) {
      throw ProaException.invalid(dockerfileName + " is larger than " + MAX_DOCKERFILE + " bytes");
    }
    try (InputStream in = tree.read(file)) {
      return new String(in.readNBytes(MAX_DOCKERFILE), StandardCharsets.UTF_8);
    }
  }

  private void ignore(Ignoring ignoring) throws IOException {
    if (ignoring == Ignoring.DONE) {
      return;
    }
    Entry list = tree.find(dockerfileName + ".dockerignore");
    list = list != null ? list : tree.find(".dockerignore");
    if (list == null || !list.status().isRegularFile() || list.status().size() > MAX_DOCKERFILE) {
      return;
    }
    PathPatterns patterns;
    try (InputStream in = tree.read(list)) {
      patterns = PathPatterns.ofIgnoreFile(new String(in.readNBytes(MAX_DOCKERFILE), StandardCharsets.UTF_8));
    }
    ignored = patterns;
    if (ignoring == Ignoring.ALL) {
      Entry top = tree.find("");
      if (top != null) {
        remove(top, patterns);
      }
      return;
    }
    for (String sent : new String[] {dockerfileName, ".dockerignore"}) {
      if (patterns.matches(sent) && tree.look(sent) != null) {
        ScratchFolder.removeTree(folder.resolve(sent));
      }
    }
  }

  private void remove(Entry directory, PathPatterns patterns) throws IOException {
    for (Entry child : tree.children(directory)) {
      boolean excluded = patterns.matches(child.path());
      if (child.status().isDirectory() && (!excluded || patterns.hasExceptions())) {
        remove(child, patterns);
        if (excluded && tree.children(child).isEmpty()) {
          ScratchFolder.removeTree(folder.resolve(child.path()));
        }
      } else if (excluded) {
        ScratchFolder.removeTree(folder.resolve(child.path()));
      }
    }
  }

  FileTree tree() {
    return tree;
  }

  /** What {@code .dockerignore} names; null if there is none. */
  @Nullable PathPatterns ignored() {
    return ignored;
  }

  /** Where it lies on the host. */
  Path folder() {
    return folder;
  }

  /** For what is fetched or copied while the build runs. */
  Path scratch() {
    return scratch.path();
  }

  String dockerfileName() {
    return dockerfileName;
  }

  String dockerfile() {
    return dockerfile;
  }

  @Override
  public void close() {
    root.close();
    scratch.close();
  }

  /** A folder of the host as a tree; the caller closes the descriptor. */
  static Fd openFolder(Path folder) throws ErrnoException {
    return Fs.open(folder.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
  }
}
