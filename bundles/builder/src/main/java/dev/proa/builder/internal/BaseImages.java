package dev.proa.builder.internal;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildRequest;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.images.ImageRecord;
import dev.proa.images.PullRequest;
import dev.proa.images.Reference;
import dev.proa.images.RegistryCredentials;
import dev.proa.lifecycle.roots.ImageRoots.ImageRoot;
import dev.proa.linux.Fd;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Images that one build begins with or copies from, and what it has open of them. Closing closes that. */
final class BaseImages implements AutoCloseable {
  private final Parts parts;
  private final BuildRequest request;
  private final Map<String, CompletableFuture<ImageRecord>> pulled = new ConcurrentHashMap<>();
  private final Map<String, OpenRoot> roots = new HashMap<>();
  private final List<Fd> kept = new ArrayList<>();

  private record OpenRoot(ImageRoot root, FileTree tree) {}

  BaseImages(Parts parts, BuildRequest request) {
    this.parts = parts;
    this.request = request;
  }

  /**
   * An image by its name; pulled if it is not here, or if the client wants it fresh.
   *
   * @param platform empty for any that is here
   */
  ImageRecord get(String name, String platform, BuildOutput out) throws InterruptedException {
    CompletableFuture<ImageRecord> mine = new CompletableFuture<>();
    CompletableFuture<ImageRecord> first = pulled.putIfAbsent(name + " " + platform, mine);
    if (first == null) {
      try {
        mine.complete(findOrPull(name, platform, out));
      } catch (RuntimeException | Error e) {
        mine.completeExceptionally(e);
      }
      first = mine;
    }
    try {
      return first.get();
    } catch (ExecutionException e) {
      throw BuildRun.unwrapped(e);
    }
  }

  private ImageRecord findOrPull(String name, String platform, BuildOutput out) {
    if (!request.pull()) {
      try {
        ImageRecord here = parts.images().admit(name, warning -> warn(out, warning));
        if (platform.isEmpty() || matches(here, platform)) {
          return here;
        }
      } catch (ProaException e) {
        if (!e.is(ErrorClass.NOT_FOUND)) {
          throw e;
        }
      }
    }
    Reference reference = Reference.parse(name).orLatest();
    RegistryCredentials credentials = request.credentials().apply(reference.domain());
    try {
      List<String> ids =
          parts.images().pull(new PullRequest(reference.familiar(), null, platform.isEmpty() ? null : platform, credentials), out::send);
      return parts.images().admit(ids.getLast(), warning -> warn(out, warning));
    } catch (ProaException e) {
      if (e.is(ErrorClass.UNAUTHENTICATED)) {
        throw ProaException.internal(e.getMessage(), e);
      }
      throw e;
    }
  }

  private static void warn(BuildOutput out, String warning) {
    out.text("[Warning] " + warning + "\n");
  }

  private static boolean matches(ImageRecord image, String platform) {
    String[] wanted = platform.toLowerCase(Locale.ROOT).split("/");
    return image.os().equals(wanted[0])
        && (wanted.length < 2 || image.architecture().equals(wanted[1]))
        && (wanted.length < 3 || image.variant().isEmpty() || image.variant().equals(wanted[2]));
  }

  /** The files of a stage or image that is copied from; open until the build ends. */
  FileTree tree(String imageId) throws IOException {
    synchronized (roots) {
      OpenRoot open = roots.get(imageId);
      if (open == null) {
        ImageRoot root = parts.roots().open(imageId);
        try {
          open = new OpenRoot(root, new FileTree(root.fd()));
        } catch (IOException | RuntimeException e) {
          root.close();
          throw e;
        }
        roots.put(imageId, open);
      }
      return open.tree();
    }
  }

  /** Keeps a descriptor open until the build ends. */
  Fd keep(Fd fd) {
    synchronized (roots) {
      kept.add(fd);
    }
    return fd;
  }

  @Override
  public void close() {
    synchronized (roots) {
      kept.forEach(Fd::close);
      kept.clear();
      roots.values().forEach(open -> open.root().close());
      roots.clear();
    }
  }
}
