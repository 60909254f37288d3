package dev.proa.plugins.internal;

import dev.proa.plugins.Drivers;
import dev.proa.spi.Driver;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.log.LogDriver;
import dev.proa.spi.network.NetworkDriver;
import dev.proa.spi.api.ApiResource;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.spi.volume.VolumeDriver;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the driver services of the framework. It is a synchronous service listener: a driver that arrives is open before its bundle's
 * start returns, and one that leaves has its leases back (or its deadline behind it) before its component is deactivated.
 */
public final class DriverRegistry implements Drivers, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DriverRegistry.class);
  private static final String POINTS = "dev.proa.spi.";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");

  /** How long a driver that goes is waited for. */
  static final Duration DRAIN = Duration.ofSeconds(30);

  /** The same while the whole daemon stops: its supervisor waits. */
  static final Duration DRAIN_AT_STOP = Duration.ofSeconds(5);

  /** A text and no record: the first use of a record's hashCode makes the JVM generate code, which a start of the daemon would feel. */
  private static String key(String point, String name) {
    return point + " " + name;
  }

  private final BundleContext context;
  private final DaemonSettings settings;
  private volatile Duration drain;
  private final ServiceListener listener = this::serviceChanged;

  /** Instances by point and name, preferred one first; lists are replaced, never changed. Written under this object's lock. */
  private final Map<String, List<DriverInstance>> instances = new ConcurrentHashMap<>();

  private final Map<String, Opener<Object>> openers = new HashMap<>();

  /** Ids of bundles whose drivers get no leases yet. Guarded by this. */
  private final Set<Long> held = new HashSet<>();

  public DriverRegistry(BundleContext context, DaemonSettings settings) {
    this(context, settings, DRAIN);
  }

  DriverRegistry(BundleContext context, DaemonSettings settings, Duration drain) {
    this.context = context;
    this.settings = settings;
    this.drain = drain;
    put(StorageDriver.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(RegistryAuthenticator.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(ImageVerifier.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(ApiResource.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(LogDriver.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(VolumeDriver.class, (name, driver, driverContext) -> driver.open(driverContext));
    put(NetworkDriver.class, (name, driver, driverContext) -> driver.open(driverContext));
    try {
      context.addServiceListener(listener, "(" + Driver.NAME + "=*)");
      ServiceReference<?>[] present = context.getAllServiceReferences(null, "(" + Driver.NAME + "=*)");
      if (present != null) {
        for (ServiceReference<?> reference : present) {
          arrived(reference);
        }
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How long drivers that go are waited for from now on. */
  void drain(Duration deadline) {
    drain = deadline;
  }

  // ---- leases

  @Override
  @SuppressWarnings("unchecked") // of a checked exception, which is E or of the JDK; see Border
  public <T, R extends @Nullable Object, E extends Exception> R use(Class<T> point, String name, Use<? super T, R, E> work) throws E {
    while (true) {
      DriverInstance instance = find(point, name);
      Leases.Lease lease = instance.leases().acquire();
      if (lease == null) {
        continue; // it was closed just now, and its successor, if there is one, stands before it in the list
      }
      try (lease) {
        R result = work.with(point.cast(instance.service()));
        Border.checkResult(result, instance.bundle(), name);
        return result;
      } catch (Throwable thrown) {
        throw (E) Border.outgoing(thrown, instance.bundle(), name);
      }
    }
  }

  @Override
  public <T, E extends Exception> void run(Class<T> point, String name, Run<? super T, E> work) throws E {
    this.<T, Boolean, E>use(
        point,
        name,
        driver -> {
          work.with(driver);
          return true;
        });
  }

  private DriverInstance find(Class<?> point, String name) {
    String key = key(point.getName(), name);
    List<DriverInstance> candidates = List.of();
    List<DriverInstance> before;
    int closed = 0;
    int closedBefore;
    // A successor is usable before its predecessor closes. So one pass that met a closed instance proves nothing, because the successor may have
    // come after its place in the list was read; a second pass that finds the same does.
    do {
      before = candidates;
      closedBefore = closed;
      candidates = instances.getOrDefault(key, List.of());
      closed = 0;
      for (DriverInstance candidate : candidates) {
        if (candidate.usable()) {
          return candidate;
        }
        closed += candidate.leases().closed() ? 1 : 0;
      }
    } while (candidates != before || closed != closedBefore);
    String what = noun(point) + " driver \"" + name + "\"";
    for (DriverInstance candidate : candidates) {
      switch (candidate.state()) {
        case WAITING -> throw ProaException.unavailable(what + " is not open yet", null);
        case SKIPPED, FAILED -> throw ProaException.unavailable("cannot use " + what + ": " + candidate.reason(), null);
        case ACTIVE, STANDBY, DRAINING -> {}
      }
    }
    List<String> known = names(point);
    throw ProaException.notFound("no " + what + ": known are " + (known.isEmpty() ? "none" : String.join(", ", known)));
  }

  /** {@code StorageDriver} → {@code storage}. */
  private static String noun(Class<?> point) {
    return point.getSimpleName().replaceFirst("(Driver|Backend|Authenticator)$", "").toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  public List<DriverInfo> list() {
    List<DriverInfo> all = new ArrayList<>();
    for (List<DriverInstance> candidates : instances.values()) {
      boolean preferred = true;
      for (DriverInstance candidate : candidates) {
        all.add(candidate.info(preferred));
        preferred &= !candidate.usable();
      }
    }
    all.sort(Comparator.comparing(DriverInfo::point).thenComparing(DriverInfo::name).thenComparing(DriverInfo::version));
    return List.copyOf(all);
  }

  @Override
  public List<String> names(Class<?> point) {
    TreeSet<String> names = new TreeSet<>();
    instances.forEach(
        (key, candidates) -> {
          if (candidates.getFirst().point().equals(point.getName()) && candidates.stream().anyMatch(DriverInstance::usable)) {
            names.add(candidates.getFirst().name());
          }
        });
    return List.copyOf(names);
  }

  /** The drivers of one bundle under all their points. */
  List<DriverInstance> of(Bundle bundle) {
    return instances.values().stream().flatMap(List::stream).filter(instance -> instance.bundle().equals(bundle)).toList();
  }

  /** Whether another bundle's driver would answer in its place. */
  boolean hasOther(DriverInstance instance) {
    return instances.getOrDefault(key(instance.point(), instance.name()), List.of()).stream()
        .anyMatch(other -> other.usable() && !other.bundle().equals(instance.bundle()));
  }

  /** The drivers that a bundle will register get no leases until it is released: it is looked at first. */
  synchronized void hold(Bundle bundle) {
    held.add(bundle.getBundleId());
  }

  /** From now on they are preferred to those of older versions. */
  void release(Bundle bundle) {
    synchronized (this) {
      held.remove(bundle.getBundleId());
      of(bundle).forEach(DriverInstance::release);
    }
  }

  /** No new leases of a bundle's drivers from now on; those that are out go on. */
  void retire(Bundle bundle) {
    of(bundle).forEach(instance -> instance.leases().close());
  }

  /** Who still has leases of a bundle's drivers. */
  List<String> holders(Bundle bundle) {
    return of(bundle).stream().flatMap(instance -> instance.leases().holders().stream()).toList();
  }

  // ---- opening

  @SuppressWarnings("unchecked")
  private <T> void put(Class<T> point, Opener<? super T> opener) {
    openers.put(
        point.getName(),
        new Opener<>() {
          @Override
          public void open(String name, Object driver, DriverContext driverContext) {
            opener.open(name, (T) driver, driverContext);
          }

          @Override
          public void replaced(String name) {
            opener.replaced(name);
          }
        });
  }

  @Override
  public <T> AutoCloseable openWith(Class<T> point, Opener<? super T> opener) {
    List<DriverInstance> waiting;
    synchronized (this) {
      if (openers.containsKey(point.getName())) {
        throw new IllegalStateException("somebody opens the drivers of " + point.getName() + " already");
      }
      put(point, opener);
      waiting = ofPoint(point.getName());
    }
    waiting.forEach(this::open);
    return () -> withdraw(point.getName());
  }

  private void withdraw(String point) {
    List<DriverInstance> old;
    synchronized (this) {
      if (openers.remove(point) == null) {
        return;
      }
      old = ofPoint(point);
      for (DriverInstance instance : old) {
        replace(instance, instance.again());
      }
    }
    Duration deadline = drainDeadline();
    old.forEach(instance -> instance.drain(deadline));
  }

  private List<DriverInstance> ofPoint(String point) {
    return instances.values().stream().flatMap(List::stream).filter(instance -> instance.point().equals(point)).toList();
  }

  private void open(DriverInstance instance) {
    Opener<Object> opener;
    synchronized (this) {
      opener = openers.get(instance.point());
    }
    if (opener != null) {
      instance.open(opener, new Folders(instance.point(), instance.name()));
    }
  }

  /** The folders of a driver, made when first asked for. */
  private final class Folders implements DriverContext {
    private final String relative;

    private Folders(String point, String name) {
      // dev.proa.spi.storage.StorageDriver, overlay → storage/overlay: names are unique within a point only
      String packageName = point.substring(0, point.lastIndexOf('.'));
      this.relative = packageName.substring(packageName.lastIndexOf('.') + 1) + "/" + name;
    }

    @Override
    public Path stateDir() {
      return make(settings.dataRoot());
    }

    @Override
    public Path runDir() {
      return make(settings.execRoot());
    }

    private Path make(Path root) {
      Path folder = root.resolve(relative);
      try {
        Path parent = Objects.requireNonNull(folder.getParent());
        for (Path each : List.of(parent, folder)) {
          if (Files.notExists(each)) {
            try {
              Files.createDirectory(each, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
              LOG.trace("{} was made meanwhile", each);
            }
          }
        }
        return folder;
      } catch (IOException e) {
        throw ProaException.internal("cannot make " + folder + ": " + e, e);
      }
    }
  }

  // ---- services come and go

  private void serviceChanged(ServiceEvent event) {
    switch (event.getType()) {
      case ServiceEvent.REGISTERED -> arrived(event.getServiceReference());
      case ServiceEvent.MODIFIED -> sortAgain(event.getServiceReference());
      case ServiceEvent.UNREGISTERING -> leaving(event.getServiceReference());
      default -> {}
    }
  }

  private void arrived(ServiceReference<?> reference) {
    if (!(reference.getProperty(Driver.NAME) instanceof String name) || !NAME.matcher(name).matches()) {
      LOG.warn("ignoring a service of {}: its {} is no name of a driver: {}", reference.getBundle(), Driver.NAME, reference.getProperty(Driver.NAME));
      return;
    }
    for (String point : (String[]) reference.getProperty(Constants.OBJECTCLASS)) {
      if (!point.startsWith(POINTS)) {
        continue;
      }
      DriverInstance instance;
      synchronized (this) {
        instance = new DriverInstance(context, reference, point, name, held.contains(reference.getBundle().getBundleId()));
        List<DriverInstance> candidates = new ArrayList<>(instances.getOrDefault(key(point, name), List.of()));
        if (candidates.stream().anyMatch(candidate -> candidate.reference().equals(reference))) {
          continue;
        }
        candidates.add(instance);
        candidates.sort(null);
        instances.put(key(point, name), List.copyOf(candidates));
      }
      open(instance);
    }
  }

  private synchronized void sortAgain(ServiceReference<?> reference) {
    instances.replaceAll(
        (key, candidates) -> candidates.stream().anyMatch(c -> c.reference().equals(reference)) ? candidates.stream().sorted().toList() : candidates);
  }

  private void leaving(ServiceReference<?> reference) {
    List<DriverInstance> gone = new ArrayList<>();
    synchronized (this) {
      for (List<DriverInstance> candidates : List.copyOf(instances.values())) {
        for (DriverInstance candidate : candidates) {
          if (candidate.reference().equals(reference)) {
            gone.add(candidate);
          }
        }
      }
    }
    // closed while still listed: who finds it now looks again, who comes after the removal finds its successor
    gone.forEach(instance -> instance.leases().close());
    Duration deadline = drainDeadline();
    gone.forEach(instance -> instance.drain(deadline));
    synchronized (this) {
      gone.forEach(instance -> replace(instance, null));
    }
    gone.forEach(this::tellOpener);
  }

  private void tellOpener(DriverInstance gone) {
    Opener<Object> opener;
    synchronized (this) {
      opener = openers.get(gone.point());
    }
    if (opener != null && instances.getOrDefault(key(gone.point(), gone.name()), List.of()).stream().anyMatch(DriverInstance::usable)) {
      opener.replaced(gone.name());
    }
  }

  private Duration drainDeadline() {
    boolean stopping = context.getBundle(Constants.SYSTEM_BUNDLE_ID).getState() == Bundle.STOPPING;
    return stopping && drain.compareTo(DRAIN_AT_STOP) > 0 ? DRAIN_AT_STOP : drain;
  }

  private synchronized void replace(DriverInstance old, @Nullable DriverInstance next) {
    String key = key(old.point(), old.name());
    List<DriverInstance> candidates = new ArrayList<>(instances.getOrDefault(key, List.of()));
    candidates.remove(old);
    if (next != null) {
      candidates.add(next);
    }
    candidates.sort(null);
    if (candidates.isEmpty()) {
      instances.remove(key);
    } else {
      instances.put(key, List.copyOf(candidates));
    }
  }

  /** Lets every driver go. */
  @Override
  public void close() {
    context.removeServiceListener(listener);
    List<DriverInstance> all;
    synchronized (this) {
      all = instances.values().stream().flatMap(List::stream).toList();
      instances.clear();
    }
    Duration deadline = drainDeadline();
    all.forEach(instance -> instance.leases().close());
    all.forEach(instance -> instance.drain(deadline));
  }
}
