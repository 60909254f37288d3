package dev.proa.plugins.internal;

import dev.proa.plugins.Plugins.Change;
import dev.proa.plugins.Plugins.Draining;
import dev.proa.plugins.Plugins.Origin;
import dev.proa.plugins.Plugins.State;
import dev.proa.plugins.internal.Gatekeeper.Passed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the plugin bundles of the framework what {@link Catalogue} says. One pass compares the two and changes what differs:
 *
 * <ul>
 *   <li>a symbolic name that is new is installed and started;
 *   <li>one whose jar is another than before is updated in two phases: the new bundle is installed beside the old one, resolved, started and
 *       checked, and only then the old one is stopped (which waits for its leases) and removed. If the new one fails, nothing has happened;
 *   <li>one whose jar is gone, or that is disabled, is stopped and removed.
 * </ul>
 *
 * <p>A jar that fails is listed with the reason and tried again when it changes; it never stops the daemon. Changes are made by one thread at a time
 * (the owner sees to that); what is there may be asked for at any time.
 */
final class Deployment {
  private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

  /** A plugin that is there. */
  record Installed(PluginJar jar, Bundle bundle, Passed passed) {}

  /** Why a jar is not. */
  record Failure(PluginJar jar, State state, String reason) {}

  private record Leaving(String symbolicName, Bundle bundle) {}

  private final BundleContext context;
  private final DriverRegistry drivers;
  private final PluginCheck check;
  private final Gatekeeper gatekeeper;
  private final Duration startDeadline;
  private final Consumer<Change> changes;
  private final ConcurrentMap<String, Installed> installed = new ConcurrentHashMap<>();
  private final ConcurrentMap<Path, Failure> failures = new ConcurrentHashMap<>();
  private final List<Leaving> leaving = new CopyOnWriteArrayList<>();
  private long generation;
  private boolean first = true;

  Deployment(BundleContext context, DriverRegistry drivers, PluginCheck check, Gatekeeper gatekeeper, Duration startDeadline, Consumer<Change> changes) {
    this.context = context;
    this.drivers = drivers;
    this.check = check;
    this.gatekeeper = gatekeeper;
    this.startDeadline = startDeadline;
    this.changes = changes;
  }

  @Nullable Installed installed(String symbolicName) {
    return installed.get(symbolicName);
  }

  @Nullable Failure failure(PluginJar jar) {
    Failure failure = failures.get(jar.file());
    return failure != null && failure.jar().equals(jar) ? failure : null;
  }

  /** Forgets why a jar failed, so that it is tried again. */
  void forget(PluginJar jar) {
    failures.remove(jar.file());
  }

  List<Draining> draining(String symbolicName) {
    return leaving.stream()
        .filter(each -> each.symbolicName().equals(symbolicName))
        .map(each -> new Draining(each.bundle().getVersion().toString(), drivers.holders(each.bundle())))
        .toList();
  }

  /** The bundles that an update of a plugin touches: itself, and whoever is wired to it. */
  Set<String> closure(String symbolicName) {
    Installed current = installed.get(symbolicName);
    Set<String> names = new TreeSet<>();
    if (current != null) {
      org.osgi.framework.wiring.FrameworkWiring wiring = context.getBundle(0).adapt(org.osgi.framework.wiring.FrameworkWiring.class);
      wiring.getDependencyClosure(List.of(current.bundle())).forEach(bundle -> names.add(bundle.getSymbolicName() + " " + bundle.getVersion()));
    }
    return names;
  }

  /** One comparison of what there should be and what there is. */
  void pass(Catalogue catalogue) {
    failures.keySet().retainAll(catalogue.jars().stream().map(PluginJar::file).toList());
    Map<String, List<PluginJar>> candidates = new TreeMap<>(catalogue.candidates());
    for (PluginJar jar : catalogue.jars()) {
      if (jar.broken() != null && failure(jar) == null) {
        fail(jar, new PluginFailure(jar.broken()));
      }
    }
    // updates and arrivals first: a jar that replaces another under a new file name must not leave a gap
    candidates.forEach((name, jars) -> bringUp(name, jars, catalogue));
    Set<String> gone = new TreeSet<>(installed.keySet());
    gone.removeAll(candidates.keySet());
    for (String name : gone) {
      // a jar that is just being overwritten is not gone
      Installed current = installed.get(name);
      if (current != null && (catalogue.disabled(name) || !Files.exists(current.jar().file()))) {
        takeDown(current, catalogue.disabled(name) ? "it is disabled" : current.jar().file() + " is gone");
      }
    }
    first = false;
  }

  private void takeDown(Installed current, String why) {
    installed.remove(current.jar().symbolicName());
    LOG.info("plugin {} {} is taken down: {}", current.jar().symbolicName(), current.jar().version(), why);
    remove(current.bundle());
  }

  /** Tries the candidates of one name, the preferred one first, until one is there. */
  private void bringUp(String name, List<PluginJar> jars, Catalogue catalogue) {
    Installed current = installed.get(name);
    for (PluginJar jar : jars) {
      if (current != null && current.jar().equals(jar)) {
        return;
      }
      if (failure(jar) != null) {
        continue;
      }
      try {
        boolean trusted = first && catalogue.origin(jar) == Origin.SHIPPED;
        swap(jar, trusted ? Gatekeeper.Rules.SHIPPED : catalogue.origin(jar) == Origin.SHIPPED ? Gatekeeper.Rules.PROBATION_ALONE : Gatekeeper.Rules.ALL, line -> {});
        return;
      } catch (PluginFailure e) {
        fail(jar, e);
        if (current != null) {
          LOG.warn("plugin {} stays at {}", name, current.jar().version());
        }
      }
    }
  }

  private void fail(PluginJar jar, PluginFailure failure) {
    failures.put(jar.file(), new Failure(jar, failure.state(), failure.reason()));
    LOG.warn("plugin {} is not active: {}", jar.file(), failure.reason());
    changes.accept(new Change(failure.state() == State.SKIPPED ? "skip" : "fail", jar.symbolicName(), jar.version().toString(), failure.reason()));
  }

  /** Puts a jar in the place of what is there under its name; if that fails nothing has happened. */
  Installed swap(PluginJar jar, Gatekeeper.Rules rules, Consumer<String> progress) throws PluginFailure {
    String name = jar.symbolicName();
    Installed current = installed.get(name);
    Passed passed = gatekeeper.pass(jar, rules, progress);
    progress.accept("Starting " + name + " " + jar.version());
    Bundle bundle = installBeside(jar, current != null, passed);
    Installed next = new Installed(jar, bundle, passed);
    installed.put(name, next);
    failures.remove(jar.file());
    drivers.release(bundle);
    gatekeeper.settled(passed);
    if (current == null) {
      LOG.info("plugin {} {} is active", name, jar.version());
      changes.accept(new Change("enable", name, jar.version().toString(), null));
    } else {
      LOG.info("plugin {} {} replaces {}", name, jar.version(), current.jar().version());
      changes.accept(new Change("upgrade", name, jar.version().toString(), null));
      progress.accept("Replaced " + name + " " + current.jar().version() + ", which goes when its last lease is back");
      remove(current.bundle());
    }
    return next;
  }

  /** Installs, starts and checks; whatever fails leaves nothing of it, but for a bundle whose start does not return. */
  private Bundle installBeside(PluginJar jar, boolean replaces, Passed passed) throws PluginFailure {
    Bundle bundle = null;
    PluginFailure failure;
    try (InputStream in = Files.newInputStream(jar.file())) {
      bundle = context.installBundle("plugin:" + jar.file() + "#" + ++generation, in);
      if (!jar.unchanged()) {
        throw new PluginFailure("it changed while it was read");
      }
      drivers.hold(bundle);
      gatekeeper.starting(jar, passed);
      if (passed.shipped()) {
        bundle.start(Bundle.START_TRANSIENT);
      } else {
        BundleStart.start(bundle, startDeadline);
      }
      List<String> problems = problems(bundle);
      if (!problems.isEmpty()) {
        String reason = String.join("; ", problems);
        if (replaces) {
          throw new PluginFailure(reason);
        }
        // a first version replaces nothing, so it stays: what it waits for may come, and until then its reason can be asked for
        LOG.warn("plugin {} {} is installed, but {}", jar.symbolicName(), jar.version(), reason);
      }
      return bundle;
    } catch (PluginFailure e) {
      failure = e;
    } catch (NoSuchFileException e) {
      failure = new PluginFailure("it is gone");
    } catch (IOException | BundleException | RuntimeException | LinkageError e) {
      failure = new PluginFailure(shortened(e));
      LOG.debug("plugin {}", jar.file(), e);
    }
    gatekeeper.failed(passed);
    if (failure.state() != State.STUCK) {
      uninstall(bundle, failure);
    }
    throw failure;
  }

  /** What keeps a bundle from being active, a sentence each. */
  List<String> problems(Bundle bundle) {
    List<String> problems = new ArrayList<>();
    for (DriverInstance driver : drivers.of(bundle)) {
      if (driver.reason() != null) {
        problems.add("driver " + driver.name() + ": " + driver.reason());
      }
    }
    problems.addAll(check.problems(bundle));
    return problems;
  }

  /** Whether all that is wrong with a bundle is that this host lacks something. */
  boolean skipped(Bundle bundle) {
    return check.problems(bundle).isEmpty()
        && drivers.of(bundle).stream().filter(driver -> driver.reason() != null).allMatch(driver -> driver.state() == dev.proa.plugins.Drivers.State.SKIPPED);
  }

  /** Felix's resolver names the missing requirement behind a long prefix; the start of the daemon's list is no place for that. */
  private static String shortened(Throwable e) {
    Throwable cause = e instanceof BundleException && e.getCause() != null ? e.getCause() : e;
    String text = Border.text(cause);
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
  private void remove(Bundle bundle) {
    Leaving mark = new Leaving(bundle.getSymbolicName(), bundle);
    leaving.add(mark);
    drivers.retire(bundle);
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
              } finally {
                leaving.remove(mark);
              }
            });
  }
}
