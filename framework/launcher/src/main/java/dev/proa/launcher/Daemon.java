package dev.proa.launcher;

import dev.proa.spi.daemon.ApiEndpoint;
import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the daemon: claim the directories, start the framework and its bundles in levels, say when the API answers, wait, stop in
 * order. Containers are none of its business: they go on when it stops.
 */
final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** How long the API may take to come up: with thousands of containers to take over it needs seconds. */
  private static final Duration START_DEADLINE = Duration.ofSeconds(120);

  /** After this an orderly stop is given up: a bundle's deactivation hangs. */
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

  private final DaemonSettings settings;
  private final Path pidFilePath;
  private final AtomicBoolean stopAsked = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** Down once the framework has stopped, or has been given up. */
  private final CountDownLatch over = new CountDownLatch(1);

  /** Down once the API answers, or once it never will because the daemon stops. */
  private final CountDownLatch api = new CountDownLatch(1);

  Daemon(DaemonSettings settings, Optional<Path> pidFile) {
    this.settings = settings;
    this.pidFilePath = pidFile.orElse(settings.execRoot().resolve("proad.pid"));
  }

  /** Returns the exit status once the daemon has stopped. */
  int run() throws StartFailure {
    Path bundleFolder = settings.home().resolve("bundles");
    ClassPathBundles bundles = ClassPathBundles.of(bundleFolder);
    try (Roots roots = Roots.claim(settings.dataRoot(), settings.execRoot());
        PidFile pidFile = PidFile.write(pidFilePath)) {
      // what libraries unpack (native code of Netty, SQLite, zstd) stays inside the exec root as well
      System.setProperty("java.io.tmpdir", roots.temporary().toString());
      NativeCode.announce(settings.home().resolve("lib").resolve("native"));
      Framework framework = new FrameworkFactory().newFramework(configuration(roots), bundles);
      Thread hook = new Thread(() -> stopOnSignal(framework), "stop");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        start(framework, bundles);
        if (Training.asked()) {
          Training.run(settings.sockets().getFirst());
          return 0;
        }
        Thread.ofVirtual().name("end").start(() -> awaitEnd(framework));
        over.await();
        return 0;
      } catch (BundleException e) {
        throw StartFailure.failed("the OSGi framework does not start: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw StartFailure.failed("interrupted", e);
      } finally {
        stop(framework);
      }
    } catch (IOException e) {
      LOG.warn("cannot clean up {}: {}", settings.execRoot(), e.toString());
      return 0;
    } finally {
      stopped.countDown();
    }
  }

  private void awaitEnd(Framework framework) {
    try {
      framework.waitForStop(0);
      over.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Map<String, String> configuration(Roots roots) {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, roots.bundleCache().toString());
    configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, String.join(",", HostPackages.EXPORTED));
    configuration.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(StartLevels.ENGINE));
    // two versions of a plugin, and two builds of one version, are there side by side while one replaces the other
    configuration.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    configuration.put("felix.service.urlhandlers", "false");
    configuration.put("felix.log.level", "1");
    // its threads cost more than they save with so few bundles
    configuration.put("felix.resolver.parallelism", "1");
    configuration.put("ds.loglevel", "1");
    return configuration;
  }

  private void start(Framework framework, ClassPathBundles bundles) throws StartFailure, BundleException, InterruptedException {
    framework.init();
    UsedServices.forgetUninstalled(framework);
    BundleContext context = framework.getBundleContext();
    context.registerService(DaemonSettings.class, settings, null);
    Queue<String> problems = new ConcurrentLinkedQueue<>();
    CountDownLatch told = new CountDownLatch(1);
    context.addFrameworkListener(
        event -> {
          if (event.getType() == FrameworkEvent.STARTED) {
            told.countDown();
          } else if (event.getType() == FrameworkEvent.ERROR) {
            problems.add(event.getBundle().getSymbolicName() + ": " + event.getThrowable());
            LOG.error("bundle {} failed", event.getBundle().getSymbolicName(), event.getThrowable());
          }
        });
    ServiceListener apiListener =
        event -> {
          if (event.getType() == ServiceEvent.REGISTERED) {
            api.countDown();
          }
        };
    addListener(context, apiListener);
    boolean hasApi = false;
    for (Map.Entry<String, String> entry : bundles.symbolicNames().entrySet()) {
      Bundle bundle = context.installBundle(entry.getKey());
      bundle.adapt(BundleStartLevel.class).setStartLevel(StartLevels.of(entry.getValue()));
      if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
        bundle.start();
      }
      hasApi |= entry.getValue().equals(StartLevels.API) && bundle.getHeaders("").get("Service-Component") != null;
    }
    // in one go: one by one, each bundle's start would make the resolver look at all of them again
    framework.adapt(FrameworkWiring.class).resolveBundles(null);
    framework.start();
    if (stopAsked.get()) {
      return;
    }
    // Framework events come later and in order (Core 8, 4.7.2): after this one all errors of the start are among the problems.
    if (!told.await(START_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw StartFailure.failed("the OSGi framework does not say that it started");
    }
    problems.addAll(ComponentReport.of(context, bundles.symbolicNames().keySet()));
    if (!problems.isEmpty()) {
      throw StartFailure.failed(String.join("\n  ", problems));
    }
    if (!hasApi) {
      LOG.warn("no API server among the bundles of {}", settings.home());
    } else if (!api.await(START_DEADLINE.toMillis(), TimeUnit.MILLISECONDS) && !stopAsked.get()) {
      throw StartFailure.failed("the API did not come up within " + START_DEADLINE.toSeconds() + " seconds");
    }
    context.removeServiceListener(apiListener);
    if (!stopAsked.get()) {
      LOG.info("proad {} ready in {} ms: {}", settings.version(), millisSinceProcessStart(), String.join(", ", settings.hosts()));
    }
  }

  private static void addListener(BundleContext context, ServiceListener listener) {
    try {
      context.addServiceListener(listener, "(" + Constants.OBJECTCLASS + "=" + ApiEndpoint.class.getName() + ")");
    } catch (org.osgi.framework.InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long millisSinceProcessStart() {
    return ProcessHandle.current().info().startInstant().map(start -> Duration.between(start, Instant.now()).toMillis()).orElse(-1L);
  }

  /**
   * The shutdown hook, which runs for SIGTERM, SIGINT and SIGHUP. It ends the process itself with status 0, because a JVM that is ended
   * by a signal would report 128 + signal, and a supervisor would call that a failure.
   */
  private void stopOnSignal(Framework framework) {
    if (stopped.getCount() == 0) {
      return;
    }
    stopAsked.set(true);
    api.countDown();
    LOG.info("stopping");
    stop(framework);
    try {
      if (!stopped.await(5, TimeUnit.SECONDS)) {
        LOG.warn("the main thread did not finish");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.flush();
    Runtime.getRuntime().halt(0);
  }

  /** The API goes before what it uses, although it came first. */
  private static void closeDoor(Framework framework) throws BundleException {
    BundleContext context = framework.getBundleContext();
    if (context == null) { // not initialised yet
      return;
    }
    for (Bundle bundle : context.getBundles()) {
      if (StartLevels.API.equals(bundle.getSymbolicName())) {
        bundle.stop(Bundle.STOP_TRANSIENT);
      }
    }
  }

  /**
   * The framework cannot be stopped while the start or the stop of a bundle does not return. Then the engine's own bundles are stopped one by one, in the
   * order in which the framework would do it, and the process ends around the rest.
   */
  private static boolean stopsAroundStuckPlugins(Framework framework) throws BundleException {
    BundleContext context = framework.getBundleContext();
    if (context == null) {
      return false;
    }
    List<Bundle> stuck =
        Arrays.stream(context.getBundles())
            .filter(bundle -> bundle.getLocation().startsWith("plugin:") && (bundle.getState() == Bundle.STARTING || bundle.getState() == Bundle.STOPPING))
            .filter(bundle -> !Constants.ACTIVATION_LAZY.equals(bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATIONPOLICY)))
            .toList();
    if (stuck.isEmpty()) {
      return false;
    }
    LOG.warn("stopping without the plugins whose start or stop does not return: {}", stuck);
    List<Bundle> engine = new ArrayList<>(Arrays.asList(context.getBundles()));
    engine.removeIf(bundle -> bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID || bundle.getLocation().startsWith("plugin:"));
    engine.sort(Comparator.comparing((Bundle bundle) -> StartLevels.of(bundle.getSymbolicName())).thenComparing(Bundle::getBundleId).reversed());
    for (Bundle bundle : engine) {
      if (StartLevels.of(bundle.getSymbolicName()) > StartLevels.DOOR) {
        bundle.stop(Bundle.STOP_TRANSIENT);
      }
    }
    return true;
  }

  private void stop(Framework framework) {
    if (framework.getState() == Bundle.RESOLVED || framework.getState() == Bundle.INSTALLED) {
      return;
    }
    try {
      closeDoor(framework);
      if (stopsAroundStuckPlugins(framework)) {
        over.countDown();
        return;
      }
      framework.stop();
      FrameworkEvent event = framework.waitForStop(STOP_DEADLINE.toMillis());
      if (event.getType() == FrameworkEvent.WAIT_TIMEDOUT) {
        LOG.error("the bundles did not stop within {} seconds; halting", STOP_DEADLINE.toSeconds());
        for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
          if (thread.getKey().getName().startsWith("Felix")) {
            LOG.error("thread {} is at {}", thread.getKey().getName(), List.of(thread.getValue()));
          }
        }
        System.err.flush();
        Runtime.getRuntime().halt(StartFailure.FAILED);
      }
    } catch (BundleException e) {
      LOG.error("cannot stop the framework", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
