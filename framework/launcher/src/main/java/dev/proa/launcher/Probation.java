package dev.proa.launcher;

import dev.proa.spi.Driver;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.SelfCheck;
import dev.proa.spi.api.ApiResource;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.spi.volume.VolumeDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * Tries one plugin in this JVM, which the daemon has started for that alone and gives little memory and time: resolves it, starts it, opens its
 * drivers in folders that are thrown away, lets them check themselves, and stops it. What of the engine it refers to is not here; whether that is there
 * is seen in the daemon. A driver of isolation is made but not opened: it needs the shim.
 *
 * <p>Writes the verdict to a file, a line each: {@code warning TEXT}, and last {@code ok}, {@code skipped TEXT} or {@code failed TEXT}.
 */
public final class Probation {
  /** How long threads may take to end after the plugin was stopped. */
  private static final Duration THREADS_END = Duration.ofMillis(1500);

  private final Path verdict;
  private final Path folder;
  private final Path runFolder;

  private Probation(Path folder, Path runFolder, Path verdict) {
    this.folder = folder;
    this.runFolder = runFolder;
    this.verdict = verdict;
  }

  /** The plugin's jar, a folder for everything, one for what may be lost at a reboot, the file of the verdict. */
  public static void main(String[] args) {
    Probation probation = new Probation(Path.of(args[1]), Path.of(args[2]), Path.of(args[3]));
    try {
      Logging.start("warn");
      probation.run(Path.of(args[0]));
      probation.say("ok");
    } catch (ProaException e) {
      probation.say((e.is(ErrorClass.FAILED_PRECONDITION) ? "skipped " : "failed ") + oneLine(String.valueOf(e.getMessage())));
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      probation.say("failed " + oneLine(text(e)));
    }
    // not exit: hooks and threads of the plugin are not waited for
    Runtime.getRuntime().halt(0);
  }

  private void run(Path jar) throws BundleException, IOException, StartFailure, InterruptedException, InvalidSyntaxException {
    DaemonSettings settings = DaemonSettings.of(Files.createDirectory(folder.resolve("data")), runFolder);
    ClassPathBundles bundles = ClassPathBundles.of(Path.of(System.getProperty("proa.home", ".")).resolve("bundles"));
    Framework framework = new FrameworkFactory().newFramework(configuration(), bundles);
    framework.start();
    BundleContext context = framework.getBundleContext();
    context.registerService(DaemonSettings.class, settings, null);
    List<Bundle> runtime = new ArrayList<>();
    for (Map.Entry<String, String> entry : bundles.symbolicNames().entrySet()) {
      if (!entry.getValue().startsWith("proa-") || StartLevels.isGround(entry.getValue())) {
        Bundle bundle = context.installBundle(entry.getKey());
        if (entry.getValue().startsWith("org.apache.felix.")) {
          runtime.add(bundle);
        }
      }
    }
    for (Bundle bundle : runtime) {
      bundle.start();
    }
    Set<Long> before = new HashSet<>();
    Thread.getAllStackTraces().keySet().forEach(thread -> before.add(thread.threadId()));
    Bundle plugin;
    try (InputStream in = Files.newInputStream(jar)) {
      plugin = context.installBundle("plugin:" + jar, in);
    }
    say("at its start");
    plugin.start(Bundle.START_TRANSIENT);
    say("at the opening of its drivers");
    components(context, plugin);
    List<AutoCloseable> open = drivers(context, plugin);
    for (AutoCloseable driver : open) {
      try {
        driver.close();
      } catch (Exception e) {
        say("warning its driver fails to close: " + oneLine(text(e)));
      }
    }
    say("at its stop");
    plugin.stop();
    threads(plugin, before);
    framework.stop();
    if (framework.waitForStop(5000).getType() == FrameworkEvent.WAIT_TIMEDOUT) {
      say("warning the framework does not stop after it was started");
    }
  }

  private Map<String, String> configuration() {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, folder.resolve("felix").toString());
    configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, String.join(",", HostPackages.EXPORTED));
    configuration.put("felix.service.urlhandlers", "false");
    configuration.put("felix.log.level", "1");
    configuration.put("felix.resolver.parallelism", "1");
    configuration.put("ds.loglevel", "1");
    return configuration;
  }

  private static void components(BundleContext context, Bundle plugin) {
    ServiceReference<ServiceComponentRuntime> reference = context.getServiceReference(ServiceComponentRuntime.class);
    if (reference == null) {
      throw new IllegalStateException("the component runtime is not there");
    }
    ServiceComponentRuntime runtime = context.getService(reference);
    for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs(plugin)) {
      for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(description)) {
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
          throw new IllegalStateException(description.name + " does not activate: " + ComponentReport.firstCause(configuration.failure));
        }
      }
    }
  }

  /** Opens what can be opened here; returns what has to be closed. */
  private List<AutoCloseable> drivers(BundleContext context, Bundle plugin) throws InvalidSyntaxException {
    List<AutoCloseable> open = new ArrayList<>();
    ServiceReference<?>[] references = context.getAllServiceReferences(null, "(" + Driver.NAME + "=*)");
    for (ServiceReference<?> reference : references == null ? new ServiceReference<?>[0] : references) {
      if (!reference.getBundle().equals(plugin)) {
        continue;
      }
      Object driver = context.getService(reference);
      if (driver == null) {
        components(context, plugin);
        throw new IllegalStateException("driver " + reference.getProperty(Driver.NAME) + " cannot be made");
      }
      boolean opened =
          switch (driver) {
            case StorageDriver storage -> opened(() -> storage.open(new Folders("storage")));
            case NetworkDriver network -> opened(() -> network.open(new Folders("network")));
            case VolumeDriver volume -> opened(() -> volume.open(new Folders("volume")));
            case LogDriver log -> opened(() -> log.open(new Folders("log")));
            case ImageVerifier verifier -> opened(() -> verifier.open(new Folders("policy")));
            case ApiResource resource -> opened(() -> resource.open(new Folders("api")));
            case RegistryAuthenticator registry -> opened(() -> registry.open(new Folders("registry")));
            default -> false;
          };
      if (opened && driver instanceof SelfCheck check) {
        check.selfCheck();
      }
      if (driver instanceof AutoCloseable closeable) {
        open.add(closeable);
      }
    }
    return open;
  }

  private static boolean opened(Runnable open) {
    open.run();
    return true;
  }

  private final class Folders implements DriverContext {
    private final String point;

    private Folders(String point) {
      this.point = point;
    }

    @Override
    public Path stateDir() {
      return make(folder.resolve("data"));
    }

    @Override
    public Path runDir() {
      return make(runFolder);
    }

    private Path make(Path root) {
      try {
        return Files.createDirectories(root.resolve(point));
      } catch (IOException e) {
        throw ProaException.internal("cannot make a folder of the driver: " + e, e);
      }
    }
  }

  /** Warns of threads that run the plugin's code after its stop: each of them keeps its classes, and an update would leave them behind. */
  private void threads(Bundle plugin, Set<Long> before) throws InterruptedException {
    long end = System.nanoTime() + THREADS_END.toNanos();
    Set<String> left;
    boolean beginning; // a thread that was started and has not come to its first frame
    do {
      left = new HashSet<>();
      beginning = false;
      for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
        if (!before.contains(thread.getKey().threadId()) && thread.getKey().isAlive() && runs(plugin, thread.getValue())) {
          left.add(thread.getKey().getName());
        }
        beginning |= !before.contains(thread.getKey().threadId()) && thread.getKey().getState() != Thread.State.TERMINATED && thread.getValue().length == 0;
      }
      if (!left.isEmpty() || beginning) {
        Thread.sleep(50);
      }
    } while ((!left.isEmpty() || beginning) && System.nanoTime() < end);
    if (!left.isEmpty()) {
      say("warning it leaves threads behind when it is stopped: " + String.join(", ", left));
    }
  }

  private static boolean runs(Bundle plugin, StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (!frame.getClassName().startsWith("java.") && plugin.getEntry(frame.getClassName().replace('.', '/') + ".class") != null) {
        return true;
      }
    }
    return false;
  }

  private void say(String line) {
    try {
      Files.writeString(verdict, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      System.err.println(line + " (" + e + ")");
    }
  }

  /** Felix puts the missing requirement behind a long prefix. */
  private static String text(Throwable e) {
    Throwable cause = e instanceof BundleException && e.getCause() != null ? e.getCause() : e;
    String text = cause.getMessage() == null ? cause.getClass().getName() : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    int missing = text.indexOf("missing requirement");
    return missing < 0 ? text : "cannot resolve: " + text.substring(missing);
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", "; ");
  }
}
