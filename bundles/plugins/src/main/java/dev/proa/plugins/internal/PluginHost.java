package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins;
import dev.proa.plugins.TrustedKeys;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operations on plugins, one at a time; asking never waits for them. */
final class PluginHost implements Plugins, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginHost.class);

  /** Events that come within this time are handled in one pass: a copy of ten jars is one change. */
  private static final Duration QUIET = Duration.ofMillis(250);

  private final List<Path> folders;
  private final PluginRecords records;
  private final Gatekeeper gatekeeper;
  private final Deployment deployment;
  private final Trust trust;
  private final Usage usage;

  /** Why files with settings of a plugin, by its symbolic name, do not count. */
  private final Function<String, List<String>> settings;

  private final JarContent content = new JarContent();
  private final Listeners<Change> listeners = new Listeners<>();

  /** Held by whoever changes something. */
  private final ReentrantLock changing = new ReentrantLock(true);

  private volatile Catalogue catalogue;
  private @Nullable FolderWatch watch;

  /**
   * @param folders the installation's, then the data root's
   * @param deployment made with what hears its changes
   */
  PluginHost(
      List<Path> folders,
      PluginRecords records,
      Gatekeeper gatekeeper,
      Trust trust,
      Usage usage,
      Function<String, List<String>> settings,
      Function<Consumer<Change>, Deployment> deployment) {
    this.folders = List.copyOf(folders);
    this.records = records;
    this.gatekeeper = gatekeeper;
    this.trust = trust;
    this.usage = usage;
    this.settings = settings;
    this.deployment = deployment.apply(listeners::tell);
    this.catalogue = Catalogue.look(this.folders, records);
  }

  /** The first pass, before this returns, then one after each change. */
  void start() {
    gatekeeper.start(listeners::tell);
    pass();
    try {
      FolderWatch started = FolderWatch.start(folders, QUIET, this::pass);
      synchronized (this) {
        watch = started;
      }
      pass(); // what changed between the first look and the watch
    } catch (IOException e) {
      LOG.warn("cannot watch {}: plugins are read at the start only: {}", folders, e.toString());
    }
  }

  /** One comparison of folders, records and bundles. */
  void pass() {
    changing.lock();
    try {
      Catalogue now = Catalogue.look(folders, records);
      catalogue = now;
      deployment.pass(now);
      content.retain(now.jars());
    } finally {
      changing.unlock();
    }
  }

  // ---- asking

  @Override
  public List<Path> folders() {
    return folders;
  }

  @Override
  public TrustedKeys trust() {
    return trust;
  }

  @Override
  public AutoCloseable listen(Consumer<Change> listener) {
    return listeners.add(listener);
  }

  @Override
  public List<PluginInfo> list() {
    Catalogue now = catalogue;
    List<PluginInfo> list = new ArrayList<>();
    for (PluginJar jar : now.jars()) {
      list.add(info(now, jar));
    }
    list.sort(Comparator.comparing(PluginInfo::name).thenComparing(info -> info.content().version()));
    return List.copyOf(list);
  }

  private PluginInfo info(Catalogue now, PluginJar jar) {
    PluginRow row = records.row(jar.symbolicName());
    Origin origin = now.origin(jar);
    Deployment.Installed current = deployment.installed(jar.symbolicName());
    Deployment.Installed here = current != null && current.jar().file().equals(jar.file()) ? current : null;
    Deployment.Failure failure = deployment.failure(jar);
    List<String> problems = failure != null ? List.of(failure.reason()) : here != null ? deployment.problems(here.bundle()) : List.of();
    State state;
    if (failure != null) {
      state = failure.state();
    } else if (here != null) {
      state = problems.isEmpty() ? State.ACTIVE : deployment.skipped(here.bundle()) ? State.SKIPPED : State.FAILED;
    } else {
      state = now.disabled(jar.symbolicName()) && preferred(now, jar) ? State.DISABLED : State.SHADOWED;
    }
    if (here != null && state == State.ACTIVE) {
      problems = settings.apply(jar.symbolicName());
    }
    PluginRow.Installed version = origin == Origin.INSTALLED ? row.current() : null;
    String name = version != null && row.alias() != null ? row.alias() : jar.broken() != null ? jar.symbolicName() : jar.symbolicName() + ":" + jar.version();
    return new PluginInfo(
        name,
        content.of(jar),
        jar.file(),
        origin,
        version == null ? jar.file().toString() : version.source(),
        !now.disabled(jar.symbolicName()),
        state,
        problems.isEmpty() ? null : String.join("; ", problems),
        here == null ? null : here.passed().signer(),
        version == null ? null : version.installed(),
        version == null ? List.of() : row.versions().reversed().stream().skip(1).map(PluginRow.Installed::version).toList(),
        here == null ? List.of() : here.passed().warnings(),
        here == null ? List.of() : deployment.draining(jar.symbolicName()));
  }

  private static boolean preferred(Catalogue now, PluginJar jar) {
    return now.jars().stream()
        .filter(other -> other.symbolicName().equals(jar.symbolicName()))
        .allMatch(other -> now.origin(other).compareTo(now.origin(jar)) <= 0);
  }

  @Override
  public PluginInfo inspect(String name) {
    return find(name);
  }

  private PluginInfo find(String name) {
    List<PluginInfo> all = list().stream().filter(info -> info.state() != State.SHADOWED).toList();
    for (PluginInfo info : all) {
      if (info.name().equals(name) || info.content().symbolicName().equals(name) || info.name().equals(name + ":latest")) {
        return info;
      }
    }
    String digits = name.startsWith("sha256:") ? name.substring("sha256:".length()) : name;
    if (digits.length() >= 4 && digits.matches("[0-9a-f]+")) {
      List<PluginInfo> ones = all.stream().filter(info -> info.content().id().startsWith("sha256:" + digits)).toList();
      if (ones.size() == 1) {
        return ones.getFirst();
      }
      if (ones.size() > 1) {
        throw ProaException.invalid("plugin id " + name + " is the beginning of " + ones.size() + " ids");
      }
    }
    throw ProaException.notFound("plugin \"" + name + "\" not found");
  }

  @Override
  public PluginContent describe(Path jar) {
    return content.of(lookAt(jar));
  }

  private static PluginJar lookAt(Path file) {
    try {
      PluginJar jar = PluginJar.look(file);
      if (jar.broken() != null) {
        throw ProaException.invalid("it is no plugin: " + jar.broken());
      }
      return jar;
    } catch (IOException e) {
      throw ProaException.invalid("cannot read " + file + ": " + e);
    }
  }

  // ---- changing

  @Override
  public PluginInfo install(Package source, Installation how, Consumer<String> progress) {
    PluginContent said = describe(source.jar());
    String id = said.id().substring("sha256:".length());
    String name = said.symbolicName();
    changing.lock();
    try {
      PluginRow row = records.row(name);
      PluginRow.Installed before = row.current();
      if (before != null && before.id().equals(id) && row.enabled() == how.enable()) {
        throw ProaException.alreadyExists("plugin " + name + " " + said.version() + " is installed already");
      }
      Set<String> closure = new LinkedHashSet<>(deployment.closure(name));
      progress.accept("Bundles that change: " + (closure.isEmpty() ? "none but the new one" : String.join(", ", closure)));
      PluginJar jar = lookAt(records.keep(source, id));
      boolean installed = false;
      try {
        gatekeeper.pardon(id);
        if (how.enable()) {
          deployment.forget(jar);
          deployment.swap(jar, how.probation() ? Gatekeeper.Rules.ALL : Gatekeeper.Rules.URGENT, progress);
          refuseBroken(jar);
        } else {
          // nothing of it runs, so there is nothing to try yet
          gatekeeper.pass(jar, Gatekeeper.Rules.URGENT, progress);
        }
        records.put(row.with(new PluginRow.Installed(id, said.version(), source.source(), Instant.now()), how.alias(), how.enable()));
        installed = true;
      } catch (PluginFailure e) {
        if (e.state() == State.SKIPPED && deployment.installed(name) == null) {
          // the host may get what it lacks; the reason is listed until then
          records.put(row.with(new PluginRow.Installed(id, said.version(), source.source(), Instant.now()), how.alias(), true));
          installed = true;
          progress.accept("Skipped: " + e.reason());
          return skipped(name);
        }
        throw ProaException.failedPrecondition("plugin " + name + " " + said.version() + " is not installed: " + e.reason() + stays(name));
      } finally {
        if (!installed) {
          records.sweep();
        }
        pass();
      }
      listeners.tell(new Change("install", name, said.version(), null));
      return find(name);
    } finally {
      changing.unlock();
    }
  }

  private PluginInfo skipped(String name) {
    pass();
    return find(name);
  }

  private String stays(String name) {
    Deployment.Installed current = deployment.installed(name);
    return current == null ? "" : "; version " + current.jar().version() + " stays";
  }

  /** A first version that misses something is kept when it lies in a folder; who asks for it gets the reason instead. One that is skipped stays. */
  private void refuseBroken(PluginJar jar) throws PluginFailure {
    Deployment.Installed now = Objects.requireNonNull(deployment.installed(jar.symbolicName()));
    List<String> problems = deployment.problems(now.bundle());
    if (!problems.isEmpty() && !deployment.skipped(now.bundle())) {
      throw new PluginFailure(String.join("; ", problems));
    }
  }

  @Override
  public PluginInfo enable(String name, Consumer<String> progress) {
    changing.lock();
    try {
      PluginInfo info = find(name);
      String symbolicName = info.content().symbolicName();
      if (info.enabled() && info.state() == State.ACTIVE) {
        throw ProaException.conflict("plugin " + info.name() + " is already enabled");
      }
      gatekeeper.pardon(info.content().id().replace("sha256:", ""));
      deployment.forget(lookAt(info.file()));
      records.put(records.row(symbolicName).withEnabled(true));
      progress.accept("Starting " + info.name());
      pass();
      PluginInfo now = find(symbolicName);
      if (now.state() == State.FAILED || now.state() == State.STUCK) {
        if (!info.enabled()) {
          records.put(records.row(symbolicName).withEnabled(false));
          pass();
        }
        throw ProaException.failedPrecondition("cannot enable plugin " + info.name() + ": " + now.reason());
      }
      return now;
    } finally {
      changing.unlock();
    }
  }

  @Override
  public PluginInfo disable(String name, boolean force) {
    changing.lock();
    try {
      PluginInfo info = find(name);
      String symbolicName = info.content().symbolicName();
      if (!info.enabled()) {
        throw ProaException.conflict("plugin " + info.name() + " is already disabled");
      }
      usage.free(info.name(), deployment.installed(symbolicName), force);
      records.put(records.row(symbolicName).withEnabled(false));
      pass();
      listeners.tell(new Change("disable", symbolicName, info.content().version(), null));
      return find(symbolicName);
    } finally {
      changing.unlock();
    }
  }

  @Override
  public PluginInfo remove(String name, boolean force) {
    changing.lock();
    try {
      PluginInfo info = find(name);
      String symbolicName = info.content().symbolicName();
      if (info.origin() == Origin.SHIPPED) {
        throw ProaException.failedPrecondition("plugin " + info.name() + " came with the installation: disable it instead");
      }
      // a bundle of another folder that comes up in its place is an update: nobody has to let go
      boolean goes = list().stream().noneMatch(other -> other.state() == State.SHADOWED && other.content().symbolicName().equals(symbolicName));
      if (goes) {
        usage.free(info.name(), deployment.installed(symbolicName), force);
      }
      if (info.origin() == Origin.INSTALLED) {
        records.put(PluginRow.of(symbolicName));
        records.sweep();
      } else {
        records.put(records.row(symbolicName).withEnabled(true));
        delete(info.file());
      }
      pass();
      listeners.tell(new Change("remove", symbolicName, info.content().version(), null));
      return info;
    } finally {
      changing.unlock();
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw ProaException.internal("cannot remove " + file + ": " + e, e);
    }
  }

  @Override
  public PluginInfo rollback(String name, Consumer<String> progress) {
    changing.lock();
    try {
      PluginInfo info = find(name);
      String symbolicName = info.content().symbolicName();
      PluginRow row = records.row(symbolicName);
      if (row.versions().size() < 2) {
        boolean folder = !row.versions().isEmpty() && list().stream().anyMatch(other -> other.state() == State.SHADOWED && other.content().symbolicName().equals(symbolicName));
        if (!folder) {
          throw ProaException.failedPrecondition("no former version of plugin " + info.name() + " is kept");
        }
      } else if (row.enabled()) {
        PluginRow.Installed former = row.versions().get(row.versions().size() - 2);
        PluginJar jar = lookAt(records.jar(former.id()));
        try {
          gatekeeper.pardon(former.id());
          deployment.forget(jar);
          deployment.swap(jar, Gatekeeper.Rules.ALL, progress);
        } catch (PluginFailure e) {
          throw new ProaException(ErrorClass.FAILED_PRECONDITION, "cannot go back to " + symbolicName + " " + former.version() + ": " + e.reason() + stays(symbolicName));
        }
      }
      records.put(row.withoutCurrent());
      records.sweep();
      pass();
      PluginInfo now = find(symbolicName);
      listeners.tell(new Change("rollback", symbolicName, now.content().version(), null));
      return now;
    } finally {
      changing.unlock();
    }
  }

  /** A plugin whose code asks the JVM to exit is found by the stack of who asked. */
  private void blameForExit() {
    for (PluginInfo info : list()) {
      Deployment.Installed current = deployment.installed(info.content().symbolicName());
      if (current != null && !current.passed().shipped() && ExitBlame.isExiting(current.bundle())) {
        LOG.error("plugin {} ended the daemon: it called System.exit", info.name());
        gatekeeper.quarantine(current.passed().id(), "quarantined: it ended the daemon by System.exit; enable it to try again");
      }
    }
  }

  @Override
  public void close() {
    FolderWatch old;
    synchronized (this) {
      old = watch;
      watch = null;
    }
    if (old != null) {
      old.close();
    }
    blameForExit();
  }
}
