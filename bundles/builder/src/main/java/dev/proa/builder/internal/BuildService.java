package dev.proa.builder.internal;

import dev.proa.builder.BuildOutcome;
import dev.proa.builder.BuildOutput;
import dev.proa.builder.BuildRequest;
import dev.proa.builder.BuildSource;
import dev.proa.builder.BuildTrace;
import dev.proa.builder.Builds;
import dev.proa.builder.CacheRecord;
import dev.proa.builder.Description;
import dev.proa.builder.internal.cache.BuildCache;
import dev.proa.builder.internal.cache.BuildCache.Step;
import dev.proa.builder.internal.context.ScratchFolder;
import dev.proa.builder.internal.dockerfile.Dockerfile.Warning;
import dev.proa.builder.internal.dockerfile.Dockerfile;
import dev.proa.builder.internal.dockerfile.Lint;
import dev.proa.builder.internal.run.CacheMounts;
import dev.proa.builder.internal.run.CacheMounts.Kept;
import dev.proa.images.ImageRecord;
import dev.proa.images.Images;
import dev.proa.images.build.BuildImages;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.roots.ImageRoots;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds, and the cache behind them. */
public class BuildService implements Builds, AutoCloseable {
  private static final String REGULAR = "regular";
  private static final String CACHE_MOUNT = "exec.cachemount";
  private static final String LOCAL = "source.local";
  /** Before the keys of folders that contexts are kept in. */
  private static final String CONTEXT = "local source ";
  /** How long the cache's books may be behind. */
  private static final Duration BOOKS = Duration.ofSeconds(1);

  private static final long MIN_SHARE = 2L << 30;
  private static final Logger LOG = LoggerFactory.getLogger(BuildService.class);

  private final Parts parts;
  private final boolean experimental;
  private final long keepBytes;
  /** What each running build stands on. */
  private final Map<Object, Set<String>> running = new ConcurrentHashMap<>();
  private final ScheduledExecutorService books = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("build-cache").factory());
  private final AtomicBoolean due = new AtomicBoolean();

  /** Removes what builds of an earlier daemon left. */
  public BuildService(
      DaemonSettings settings, Images images, BuildImages layers, ImageRoots roots, Containers containers, StateStore store) {
    Folders folders = Folders.of(settings.dataRoot(), settings.execRoot());
    experimental = settings.experimental();
    keepBytes = settings.buildCacheBytes().orElseGet(() -> share(settings.dataRoot()));
    ScratchFolder.removeTree(folders.scratch());
    ScratchFolder.removeTree(folders.secrets());
    parts =
        new Parts(images, layers, roots, containers, new BuildCache(store, layers), new CacheMounts(folders.caches()), folders);
  }

  @Override
  public @Nullable String build(BuildRequest request, BuildSource source, BuildOutput output, BuildTrace trace, BuildOutcome outcome) {
    if (request.squash() && !experimental) {
      throw ProaException.invalid("squash is only supported with experimental mode: start the daemon with --experimental");
    }
    Set<String> inUse = ConcurrentHashMap.newKeySet();
    Object identity = new Object();
    running.put(identity, inUse);
    try {
      return switch (source) {
        case BuildSource.Archive(InputStream stream) -> {
          try (BuildContext files = BuildContext.open(request, stream, parts.folders())) {
            yield build(request, files, output, trace, outcome, inUse);
          }
        }
        case BuildSource.Supplier supplier -> {
          try (CacheMounts.Lease folder = parts.cacheMounts().use(CONTEXT + supplier.key());
              BuildContext files = BuildContext.supplied(supplier, folder.path(), parts.folders())) {
            yield build(request, files, output, trace, outcome, inUse);
          }
        }
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("the build was canceled", e);
    } finally {
      running.remove(identity);
      if (due.compareAndSet(false, true)) {
        books.schedule(this::keepBooks, BOOKS.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private @Nullable String build(
      BuildRequest request, BuildContext files, BuildOutput output, BuildTrace trace, BuildOutcome outcome, Set<String> inUse) throws InterruptedException {
    Dockerfile dockerfile = Dockerfile.parse(files.dockerfileName(), files.dockerfile());
    note(dockerfile, warnings(dockerfile, files), output, trace);
    return new BuildRun(parts, request, files, dockerfile, output, trace, inUse).run(outcome);
  }

  /** A tenth of the disk, as for Docker. */
  private static long share(Path dataRoot) {
    try {
      return Math.max(MIN_SHARE, Files.getFileStore(dataRoot).getTotalSpace() / 10);
    } catch (IOException e) {
      LOG.warn("the build cache has no limit, the size of the disk is not known: {}", e.getMessage());
      return 0;
    }
  }

  /** What builds have used is written down, once for those that end at about the same time: none waits for it. */
  private void keepBooks() {
    due.set(false);
    try {
      parts.cache().flush();
    } catch (ProaException e) {
      LOG.warn("which steps of the build cache were used is not written down: {}", e.getMessage());
    }
    collect();
  }

  @Override
  public void close() {
    books.shutdownNow();
    parts.cache().flush();
  }

  /** Keeps the cache within its limit. What images have takes no room of its own, and stays. */
  private void collect() {
    try {
      if (keepBytes > 0 && cache().stream().filter(record -> !record.shared()).mapToLong(CacheRecord::sizeBytes).sum() > keepBytes) {
        Pruned pruned = prune(false, keepBytes, Map.of());
        LOG.info("the build cache was larger than {} bytes: {} of its records, {} bytes, are removed", keepBytes, pruned.ids().size(), pruned.reclaimedBytes());
      }
    } catch (ProaException e) {
      LOG.warn("the build cache is not brought back to its limit: {}", e.getMessage());
    }
  }

  private List<Warning> warnings(Dockerfile dockerfile, BuildContext files) {
    return Lint.of(dockerfile, this::environment, files.ignored());
  }

  /** Names of the variables that an image sets; null if it is not here. */
  private @Nullable Set<String> environment(String image) {
    Set<String> names = new HashSet<>();
    try {
      List<String> env = parts.images().resolve(image).config().env();
      for (String entry : env == null ? List.<String>of() : env) {
        names.add(entry.split("=", 2)[0]);
      }
      return names;
    } catch (ProaException e) {
      return null; // not here, or no name of an image: the build says so
    }
  }

  private static void note(Dockerfile dockerfile, List<Warning> warnings, BuildOutput output, BuildTrace trace) {
    String syntax = dockerfile.syntax();
    if (syntax != null && !syntax.startsWith("docker/dockerfile") && !syntax.startsWith("docker.io/docker/dockerfile")) {
      output.text("[Warning] the front end " + syntax + " is not used: this engine reads the Dockerfile itself\n");
    }
    for (Warning warning : warnings) {
      output.text("[Warning] " + warning.rule() + ": " + warning.text() + " (line " + warning.line() + ")\n");
      String step = BuildTrace.id("[internal] load build definition from " + dockerfile.name());
      trace.warning(step, warning.rule(), warning.text(), dockerfile.name(), String.join("\n", dockerfile.source()), warning.line());
    }
    if (!warnings.isEmpty() && Lint.failsBuild(dockerfile)) {
      throw ProaException.invalid("lint violation found for rules: " + warnings.stream().map(Warning::rule).distinct().collect(Collectors.joining(", ")));
    }
  }

  @Override
  public Description describe(BuildRequest request, BuildSource source) {
    try {
      return switch (source) {
        case BuildSource.Archive(InputStream stream) -> {
          try (BuildContext files = BuildContext.open(request, stream, parts.folders())) {
            yield describe(request, files);
          }
        }
        case BuildSource.Supplier supplier -> {
          try (CacheMounts.Lease folder = parts.cacheMounts().use(CONTEXT + supplier.key());
              BuildContext files = BuildContext.supplied(supplier, folder.path(), parts.folders())) {
            yield describe(request, files);
          }
        }
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProaException.unavailable("the check was canceled", e);
    }
  }

  private Description describe(BuildRequest request, BuildContext files) {
    Dockerfile dockerfile = Dockerfile.parse(files.dockerfileName(), files.dockerfile());
    return Describer.of(dockerfile, request, warnings(dockerfile, files));
  }

  // ---- The cache

  @Override
  public List<CacheRecord> cache() {
    Set<String> ofImages = new HashSet<>();
    for (ImageRecord image : parts.images().list(Map.of())) {
      image.layers().forEach(layer -> ofImages.add(layer.chainId()));
    }
    Map<String, Stack> stacks = new HashMap<>();
    parts.layers().stacks().forEach(stack -> stacks.put(stack.id(), stack));
    Map<String, String> keyOfStack = new HashMap<>();
    Map<String, Step> steps = parts.cache().all();
    steps.forEach(
        (key, step) -> {
          if (step.layer()) {
            keyOfStack.put(step.stack(), key);
          }
        });
    Set<String> inUse = inUse();
    List<CacheRecord> records = new ArrayList<>();
    steps.forEach(
        (key, step) -> {
          Stack stack = stacks.get(step.stack());
          boolean layer = step.layer() && stack != null && stack.size() > 0;
          String parent = keyOfStack.get(step.below());
          records.add(
              new CacheRecord(
                  key,
                  parent == null ? List.of() : List.of(parent),
                  REGULAR,
                  step.description(),
                  inUse.contains(step.stack()),
                  layer && ofImages.contains(stack.chainIds().getLast()),
                  layer ? stack.layerBytes().getLast() : 0,
                  step.created(),
                  step.lastUsed(),
                  step.uses()));
        });
    for (Kept kept : parts.cacheMounts().kept()) {
      records.add(
          new CacheRecord(
              kept.name(), List.of(), kept.id().startsWith(CONTEXT) ? LOCAL : CACHE_MOUNT, "cached mount " + kept.id(), kept.inUse(), false, kept.sizeBytes(), kept.created(), kept.lastUsed(), 0));
    }
    records.sort(Comparator.comparing(record -> record.lastUsed() == null ? record.created() : record.lastUsed()));
    return records;
  }

  private Set<String> inUse() {
    Set<String> all = new HashSet<>();
    running.values().forEach(all::addAll);
    return all;
  }

  @Override
  public synchronized Pruned prune(boolean all, long keepBytes, Map<String, List<String>> filters) {
    CacheFilter filter = CacheFilter.of(filters);
    List<CacheRecord> records = cache();
    long kept = records.stream().filter(record -> all || !record.shared()).mapToLong(CacheRecord::sizeBytes).sum();
    List<CacheRecord> goes = new ArrayList<>();
    for (CacheRecord record : records) {
      boolean spared = record.inUse() || record.shared() && !all || !filter.matches(record);
      if (!spared && (keepBytes == 0 || kept > keepBytes)) {
        goes.add(record);
        kept -= record.sizeBytes();
      }
    }
    long reclaimed = 0;
    Map<String, Kept> mounts = new HashMap<>();
    parts.cacheMounts().kept().forEach(folder -> mounts.put(folder.name(), folder));
    for (CacheRecord record : goes) {
      Kept folder = record.type().equals(REGULAR) ? null : mounts.get(record.id());
      reclaimed += folder == null ? 0 : parts.cacheMounts().remove(folder);
    }
    parts.cache().remove(goes.stream().filter(record -> record.type().equals(REGULAR)).map(CacheRecord::id).toList());
    reclaimed += dropUnused();
    return new Pruned(goes.stream().map(CacheRecord::id).toList(), reclaimed);
  }

  /** Stacks that no record and no build stands on. */
  private long dropUnused() {
    Set<String> needed = inUse();
    Collection<Step> steps = parts.cache().all().values();
    steps.forEach(
        step -> {
          needed.add(step.stack());
          needed.add(step.below());
        });
    long bytes = 0;
    List<Stack> tallestFirst = new ArrayList<>(parts.layers().stacks());
    tallestFirst.sort(Comparator.comparingInt(Stack::size).reversed());
    for (Stack stack : tallestFirst) {
      if (!needed.contains(stack.id())) {
        bytes += parts.layers().drop(stack.id());
      }
    }
    return bytes;
  }
}
