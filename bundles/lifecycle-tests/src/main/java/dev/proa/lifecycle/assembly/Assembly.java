package dev.proa.lifecycle.assembly;

import dev.proa.images.ImageRecord;
import dev.proa.images.ImportRequest;
import dev.proa.images.ProgressSink;
import dev.proa.images.internal.ImagesService;
import dev.proa.images.internal.layer.Snapshots;
import dev.proa.images.internal.registry.Authenticators;
import dev.proa.images.internal.registry.RegistrySettings;
import dev.proa.images.internal.verify.Verifiers;
import dev.proa.lifecycle.containers.Containers.ListOptions;
import dev.proa.lifecycle.internal.engine.Core;
import dev.proa.namespace.NamespaceBackend;
import dev.proa.network.bridge.BridgeDriver;
import dev.proa.network.host.HostDriver;
import dev.proa.network.none.NoneDriver;
import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.storage.overlay.OverlayDriver;
import dev.proa.store.SqliteStateStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A whole engine in this JVM: store, images, overlay, networks, namespace backend with a real shim, lifecycle. Needs root.
 *
 * <p>{@link #restart} is what a killed daemon looks like to its successor: nothing is closed in order but what the process's end would
 * close, and the shim lives on.
 */
public final class Assembly implements AutoCloseable {
  /** A static shell with everything that tests run. */
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private final Path root;
  private final DaemonSettings settings;

  /** Of this assembly alone, so that it can be taken away in the end. */
  private final String cgroupParent = "/proa-test-" + Long.toHexString(System.nanoTime());

  private Shim shim;
  private SqliteStateStore store;
  private PlainDrivers drivers;
  private ImagesService images;
  private Core core;

  private Assembly(Path root, DaemonSettings settings) throws IOException, InterruptedException {
    this.root = root;
    this.settings = settings;
    this.shim = launcher().connectOrStart();
    this.store = SqliteStateStore.open(settings.dataRoot().resolve("state.db"));
    this.drivers = openDrivers();
    this.images = openImages();
    this.core = new Core(settings, store, images, drivers, () -> shim);
  }

  /** Why this host cannot have one; empty if it can. */
  public static String missing() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return "needs root";
    }
    return Files.isExecutable(BUSYBOX) ? "" : "needs " + BUSYBOX + " (Debian's busybox-static)";
  }

  /** @param folder empty, on a file system that can hold overlays */
  public static Assembly start(Path folder) throws IOException, InterruptedException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Path exec = Files.createDirectories(folder.resolve("exec"));
    return new Assembly(folder, DaemonSettings.of(data, exec));
  }

  private ShimLauncher launcher() {
    return new ShimLauncher(settings.execRoot(), shimClassPath());
  }

  private static List<Path> shimClassPath() {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .filter(entry -> entry.matches(".*(proa-linux|proa-spawn|proa-shim|/bundles/linux/|/bundles/spawn/|/framework/shim/target/classes).*"))
        .map(Path::of)
        .toList();
  }

  private PlainDrivers openDrivers() {
    PlainDrivers all = new PlainDrivers(settings.dataRoot(), settings.execRoot());
    all.storage("overlay", new OverlayDriver());
    all.network("null", new NoneDriver());
    all.network("host", new HostDriver());
    all.network("bridge", new BridgeDriver());
    all.isolation(DaemonSettings.NAMESPACE_ISOLATION, new NamespaceBackend(shim, cgroupParent));
    return all;
  }

  private ImagesService openImages() {
    PlainDrivers all = drivers;
    Snapshots snapshots =
        new Snapshots() {
          @Override
          public <T> T use(Call<T> call) throws IOException {
            return all.<StorageDriver, T, IOException>use(StorageDriver.class, "overlay", call::on);
          }
        };
    return new ImagesService(
        settings.dataRoot().resolve("content"),
        store,
        snapshots,
        RegistrySettings.of(settings),
        new NoAuthenticators(),
        new NoVerifiers(),
        settings.dataRoot().resolve("policy"));
  }

  /** Nothing is pulled or pushed here. */
  private static final class NoAuthenticators implements Authenticators {
    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public <R> R use(String name, Function<RegistryAuthenticator, R> call) {
      throw ProaException.notFound("there is no registry plugin " + name);
    }
  }

  private static final class NoVerifiers implements Verifiers {
    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public <R> R use(String name, Function<ImageVerifier, R> call) {
      throw ProaException.notFound("there is no image verifier " + name);
    }
  }

  public Core core() {
    return core;
  }

  public ImagesService images() {
    return images;
  }

  public Path dataRoot() {
    return settings.dataRoot();
  }

  public Path execRoot() {
    return settings.execRoot();
  }

  /** An image of busybox alone, with its applets as links; named {@code test:latest}. */
  public ImageRecord busyboxImage() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String folder : List.of("bin/", "etc/", "proc/", "sys/", "dev/", "tmp/", "data/")) {
        tar.putArchiveEntry(new TarArchiveEntry(folder));
        tar.closeArchiveEntry();
      }
      file(tar, "bin/busybox", Files.readAllBytes(BUSYBOX), 0755);
      file(tar, "etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n".getBytes(StandardCharsets.UTF_8), 0644);
      file(tar, "etc/group", "root:x:0:\nusers:x:100:user\nuser:x:1000:\n".getBytes(StandardCharsets.UTF_8), 0644);
      file(tar, "data/seed", "seed\n".getBytes(StandardCharsets.UTF_8), 0640);
      for (String applet : List.of("sh", "cat", "echo", "true", "false", "sleep", "id", "ls", "stat", "hostname", "kill", "head", "tr", "wc", "env", "touch", "stty", "dd")) {
        TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarArchiveEntry.LF_SYMLINK);
        link.setLinkName("busybox");
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
      }
      tar.finish();
    }
    String id =
        images.importImage(
            new ImportRequest("test", "latest", List.of("CMD [\"sh\"]"), "", null), new ByteArrayInputStream(bytes.toByteArray()), ProgressSink.NONE);
    return images.resolve(id);
  }

  private static void file(TarArchiveOutputStream tar, String name, byte[] bytes, int mode) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setMode(mode);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  /**
   * Ends this daemon without ending its containers, and puts another one over the same folders.
   *
   * @param meanwhile runs while there is none
   */
  public void restart(Runnable meanwhile) throws IOException, InterruptedException {
    stop();
    meanwhile.run();
    shim = launcher().connectOrStart();
    store = SqliteStateStore.open(settings.dataRoot().resolve("state.db"));
    drivers = openDrivers();
    images = openImages();
    core = new Core(settings, store, images, drivers, () -> shim);
    core.awaitSweep();
  }

  private void stop() {
    core.close();
    images.close();
    drivers.close();
    store.close();
    shim.close();
  }

  /** The parent group in each hierarchy, or in the one. */
  private void removeCgroups() throws IOException {
    try (var hierarchies = Files.newDirectoryStream(CGROUPS, Files::isDirectory)) {
      for (Path hierarchy : hierarchies) {
        Files.deleteIfExists(Path.of(hierarchy + cgroupParent));
      }
    }
    Files.deleteIfExists(Path.of(CGROUPS + cgroupParent));
  }

  /** Removes all containers, ends everything and removes the folder; fails if a process is left. */
  @Override
  public void close() throws IOException, InterruptedException {
    for (var container : core.containers().list(new ListOptions(true, 0, false, Map.of()))) {
      core.containers().remove(container.id(), true, true);
    }
    core.close();
    images.close();
    drivers.close();
    store.close();
    int pid = shim.pid();
    boolean ended = shim.shutdown();
    String left = ended ? "" : shim.list().toString();
    shim.close();
    ProcessHandle process = ProcessHandle.of(pid).orElse(null);
    if (process != null) {
      if (!ended) {
        process.destroyForcibly();
      }
      try {
        process.onExit().get(10, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        process.destroyForcibly();
      }
    }
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(root)) {
          Files.delete(file);
        }
      }
    }
    removeCgroups();
    if (!ended) {
      throw new AssertionError("processes are left: " + left);
    }
  }
}
