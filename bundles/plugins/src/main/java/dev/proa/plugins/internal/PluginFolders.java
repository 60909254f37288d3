package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the installed plugin bundles what the folders hold. One pass compares the two and changes what differs:
 *
 * <ul>
 *   <li>a symbolic name that is new is installed and started;
 *   <li>one whose jar is another than before is updated in two phases: the new bundle is installed beside the old one, resolved, started and
 *       checked, and only then the old one is stopped (which waits for its leases) and removed. If the new one fails, nothing has happened;
 *   <li>one whose jar is gone is stopped and removed.
 * </ul>
 *
 * <p>A jar that fails is listed with the reason and tried again when it changes; it never stops the daemon.
 */
public final class PluginFolders implements Plugins, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginFolders.class);

  /** Events that come within this time are handled in one pass: a copy of ten jars is one change. */
  private static final Duration QUIET = Duration.ofMillis(250);

  private record Installed(PluginJar jar, Bundle bundle) {}

  private record Failure(PluginJar jar, String reason) {}

  private final BundleContext context;
  private final DriverRegistry drivers;
  private final PluginCheck check;

  /** Those that count more come last. */
  private final List<Path> folders;

  // guarded by this
  private final Map<String, Installed> installed = new TreeMap<>();
  private final Map<Path, Failure> failures = new HashMap<>();
  private List<PluginJar> seen = List.of();
  private long generation;
  private @Nullable FolderWatch watch;

  public PluginFolders(BundleContext context, DriverRegistry drivers, PluginCheck check, List<Path> folders) {
    this.context = context;
    this.drivers = drivers;
    this.check = check;
    this.folders = List.copyOf(folders);
  }

  /** The first pass, before this returns, then one after each change. */
  public void start() {
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

  @Override
  public List<Path> folders() {
    return folders;
  }

  @Override
  public synchronized List<PluginInfo> list() {
    List<PluginInfo> list = new ArrayList<>();
    for (PluginJar jar : seen) {
      Installed current = installed.get(jar.symbolicName());
      Failure failure = failures.get(jar.file());
      Bundle bundle = current != null && current.jar().file().equals(jar.file()) ? current.bundle() : null;
      List<String> problems = failure != null ? List.of(failure.reason()) : bundle != null ? problems(bundle) : List.of();
      State state = !problems.isEmpty() ? State.FAILED : bundle != null ? State.ACTIVE : State.SHADOWED;
      String reason = problems.isEmpty() ? null : String.join("; ", problems);
      list.add(new PluginInfo(jar.symbolicName(), jar.version().toString(), jar.file(), state, reason));
    }
    list.sort(Comparator.comparing(PluginInfo::name).thenComparing(PluginInfo::version));
    return List.copyOf(list);
  }

  /** One comparison of folders and bundles. */
  synchronized void pass() {
    seen = look();
    failures.keySet().retainAll(seen.stream().map(PluginJar::file).toList());
    Map<String, List<PluginJar>> candidates = new TreeMap<>();
    for (PluginJar jar : seen) {
      if (jar.broken() == null) {
        candidates.computeIfAbsent(jar.symbolicName(), name -> new ArrayList<>()).add(jar);
      } else if (!alreadyFailed(jar)) {
        fail(jar, jar.broken());
      }
    }
    // updates and arrivals first: a jar that replaces another under a new file name must not leave a gap
    candidates.forEach(this::bringUp);
    Set<String> gone = new TreeSet<>(installed.keySet());
    gone.removeAll(candidates.keySet());
    for (String name : gone) {
      // a jar that is just being overwritten is not gone
      Installed current = installed.get(name);
      if (current != null && !Files.exists(current.jar().file())) {
        installed.remove(name);
        LOG.info("plugin {} {} is removed: {} is gone", name, current.jar().version(), current.jar().file());
        remove(current.bundle());
      }
    }
  }

  /** Tries the candidates of one name, the preferred one first, until one is there. */
  private void bringUp(String name, List<PluginJar> jars) {
    jars.sort(this::preference);
    Installed current = installed.get(name);
    for (PluginJar jar : jars) {
      if (current != null && current.jar().equals(jar)) {
        return;
      }
      if (alreadyFailed(jar)) {
        continue;
      }
      try {
        Bundle bundle = installBeside(jar);
        installed.put(name, new Installed(jar, bundle));
        failures.remove(jar.file());
        if (current == null) {
          LOG.info("plugin {} {} is active", name, jar.version());
        } else {
          LOG.info("plugin {} {} replaces {}", name, jar.version(), current.jar().version());
          remove(current.bundle());
        }
        return;
      } catch (PluginFailure e) {
        fail(jar, e.getMessage() == null ? e.toString() : e.getMessage());
        if (current != null) {
          LOG.warn("plugin {} stays at {}", name, current.jar().version());
        }
      }
    }
  }

  private int preference(PluginJar one, PluginJar other) {
    int byFolder = Integer.compare(folderRank(other), folderRank(one));
    return byFolder != 0 ? byFolder : other.version().compareTo(one.version());
  }

  private int folderRank(PluginJar jar) {
    return folders.indexOf(jar.file().getParent());
  }

  private boolean alreadyFailed(PluginJar jar) {
    Failure failure = failures.get(jar.file());
    return failure != null && failure.jar().equals(jar);
  }

  private void fail(PluginJar jar, String reason) {
    failures.put(jar.file(), new Failure(jar, reason));
    LOG.warn("plugin {} is not active: {}", jar.file(), reason);
  }

  /** Installs, starts and checks; whatever fails leaves nothing of it. */
  private Bundle installBeside(PluginJar jar) throws PluginFailure {
    Bundle bundle = null;
    try (InputStream in = Files.newInputStream(jar.file())) {
      bundle = context.installBundle("plugin:" + jar.file() + "#" + ++generation, in);
      if (!jar.unchanged()) {
        throw new PluginFailure("it changed while it was read");
      }
      bundle.start(Bundle.START_TRANSIENT);
      List<String> problems = problems(bundle);
      if (!problems.isEmpty()) {
        String reason = String.join("; ", problems);
        if (installed.containsKey(jar.symbolicName())) {
          throw new PluginFailure(reason);
        }
        // a first version replaces nothing, so it stays: what it waits for may come, and until then its reason can be asked for
        LOG.warn("plugin {} {} is installed, but {}", jar.symbolicName(), jar.version(), reason);
      }
      return bundle;
    } catch (PluginFailure e) {
      uninstall(bundle, e);
      throw e;
    } catch (NoSuchFileException e) {
      throw new PluginFailure("it is gone");
    } catch (IOException | BundleException | RuntimeException | LinkageError e) {
      PluginFailure failure = new PluginFailure(shortened(e));
      uninstall(bundle, failure);
      LOG.debug("plugin {}", jar.file(), e);
      throw failure;
    }
  }

  private List<String> problems(Bundle bundle) {
    List<String> problems = new ArrayList<>(drivers.problems(bundle));
    problems.addAll(check.problems(bundle));
    return problems;
  }

  /** Felix's resolver names the missing requirement behind a long prefix; the start of the daemon's list is no place for that. */
  private static String shortened(Throwable e) {
    String text = Border.text(e);
    int missing = text.indexOf("missing requirement");
    return missing < 0 ? text : "cannot resolve: " + text.substring(missing);
  }

  private static void uninstall(@Nullable Bundle bundle, Exception why) {
    if (bundle == null) {
      return;
    }
    try {
      bundle.uninstall();
    } catch (BundleException | RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /** Stops and removes in the background: stopping waits for leases, and nobody else has to. */
  private static void remove(Bundle bundle) {
    Thread.ofVirtual()
        .name("drain " + bundle.getSymbolicName() + " " + bundle.getVersion())
        .start(
            () -> {
              try {
                bundle.stop(Bundle.STOP_TRANSIENT);
                bundle.uninstall();
                LOG.info("plugin {} {} has gone", bundle.getSymbolicName(), bundle.getVersion());
              } catch (BundleException | IllegalStateException e) {
                LOG.warn("plugin {} {} did not go in order", bundle.getSymbolicName(), bundle.getVersion(), e);
              }
            });
  }

  private List<PluginJar> look() {
    Map<Path, PluginJar> found = new LinkedHashMap<>();
    for (Path folder : folders) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
        List<Path> sorted = new ArrayList<>();
        files.forEach(sorted::add);
        sorted.sort(null);
        for (Path file : sorted) {
          if (!String.valueOf(file.getFileName()).startsWith(".")) {
            try {
              found.put(file, PluginJar.look(file));
            } catch (NoSuchFileException e) {
              LOG.debug("{} went while it was looked at", file);
            }
          }
        }
      } catch (NoSuchFileException e) {
        LOG.debug("no folder {}", folder);
      } catch (IOException e) {
        LOG.warn("cannot read {}: {}", folder, e.toString());
      }
    }
    return List.copyOf(found.values());
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
  }

  private static final class PluginFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private PluginFailure(String message) {
      super(message);
    }
  }
}
