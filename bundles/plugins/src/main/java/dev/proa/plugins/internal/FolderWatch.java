package dev.proa.plugins.internal;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an action once folders have changed and then been quiet for a while. The events themselves are not believed: the action looks. */
final class FolderWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

  private final WatchService service;
  private final Duration quiet;
  private final Runnable action;
  private final Thread thread;

  private FolderWatch(WatchService service, Duration quiet, Runnable action) {
    this.service = service;
    this.quiet = quiet;
    this.action = action;
    this.thread = Thread.ofPlatform().daemon().name("plugins").unstarted(this::watch);
  }

  /** A folder that does not exist is not watched. */
  static FolderWatch start(List<Path> folders, Duration quiet, Runnable action) throws IOException {
    WatchService service = null;
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        service = service == null ? folder.getFileSystem().newWatchService() : service;
        folder.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE, StandardWatchEventKinds.ENTRY_MODIFY);
      }
    }
    if (service == null) {
      throw new IOException("none of the folders exists");
    }
    FolderWatch watch = new FolderWatch(service, quiet, action);
    watch.thread.start();
    return watch;
  }

  private void watch() {
    try {
      while (true) {
        consume(service.take());
        for (WatchKey more = service.poll(quiet.toMillis(), TimeUnit.MILLISECONDS); more != null; ) {
          consume(more);
          more = service.poll(quiet.toMillis(), TimeUnit.MILLISECONDS);
        }
        try {
          action.run();
        } catch (RuntimeException e) {
          LOG.error("a change in the plugins' folders could not be handled", e);
        }
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      LOG.debug("the plugins' folders are not watched any more");
    }
  }

  private static void consume(WatchKey key) {
    key.pollEvents();
    key.reset();
  }

  @Override
  public void close() {
    try {
      service.close();
      if (Thread.currentThread() != thread) {
        thread.join(Duration.ofSeconds(5));
      }
    } catch (IOException e) {
      LOG.warn("cannot close the watch of the plugins' folders", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
