package dev.proa.lifecycle.internal.engine;

import dev.proa.images.ImageRecord;
import dev.proa.images.UnpackedImage;
import dev.proa.lifecycle.containers.ContainerConfig;
import dev.proa.lifecycle.containers.Containers.CreateRequest;
import dev.proa.lifecycle.containers.Containers.Created;
import dev.proa.lifecycle.containers.HostConfig;
import dev.proa.lifecycle.internal.Ids;
import dev.proa.lifecycle.internal.Json;
import dev.proa.lifecycle.internal.create.ConfigChecks;
import dev.proa.lifecycle.internal.create.ConfigMerge;
import dev.proa.lifecycle.internal.create.ContainerNames;
import dev.proa.lifecycle.internal.create.HostConfigChecks;
import dev.proa.lifecycle.internal.create.Modes;
import dev.proa.lifecycle.internal.create.MountSpecs;
import dev.proa.lifecycle.internal.create.NetworkModeChecks;
import dev.proa.lifecycle.internal.state.ContainerRow;
import dev.proa.lifecycle.internal.state.MountRow;
import dev.proa.lifecycle.internal.state.NetworkRow;
import dev.proa.lifecycle.internal.state.VolumeRow;
import dev.proa.lifecycle.networks.EndpointSettings;
import dev.proa.linux.FaultPoints;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.IsolationBackend;
import dev.proa.spi.storage.StorageDriver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes containers: checks everything, prepares the root, and acknowledges with one transaction. What fails leaves nothing. */
final class Creation {
  private static final Logger LOG = LoggerFactory.getLogger(Creation.class);
  private static final HostConfig EMPTY_HOST_CONFIG =
      Json.read("{}".getBytes(StandardCharsets.UTF_8), HostConfig.class, "default host configuration");

  private final Engine engine;
  private final Host host;

  Creation(Engine engine, Host host) {
    this.engine = engine;
    this.host = host;
  }

  Created create(CreateRequest request) {
    String wishedName = request.name() == null || request.name().isEmpty() ? null : ContainerNames.check(request.name());
    List<String> warnings = new ArrayList<>();
    HostConfig askedHost = request.hostConfig() == null ? EMPTY_HOST_CONFIG : request.hostConfig();
    ConfigChecks.check(request.config());
    Set<String> backends = Set.copyOf(engine.drivers.names(IsolationBackend.class));
    HostConfig checked = new HostConfigChecks(host.facts(), ref -> engine.table.get(ref).id(), backends, engine.logDefault).check(askedHost, warnings);
    checkPlatform(request.platform());
    checkHostname(request.config(), checked);
    NetworkModeChecks.check(request.config(), checked);
    checkLinks(checked);
    engine.checkLog(checked.logConfig());

    ImageRecord image = engine.images.admit(imageName(request.config()), warnings::add);
    IsolationChoice isolation = new IsolationChoice(backends, engine.settings.defaultIsolation());
    HostConfig hostConfig = isolation.withImage(askedHost, checked, imageName(request.config()), image.config());
    String id = Ids.random();
    ContainerConfig config = ConfigMerge.merge(request.config(), image.config(), hostname(hostConfig, id));
    ConfigChecks.check(config);
    Map<String, EndpointSettings> networks = networks(hostConfig, request);
    String name = wishedName;
    if (name != null) {
      engine.table.reserve(name, id);
    } else {
      name = engine.table.reserveMadeUp(unused -> ContainerNames.makeUp(engine.table::taken), id);
    }
    boolean done = false;
    engine.creating.add(id);
    try (VolumeStore.Claim volumes = engine.volumes.claim()) {
      List<MountRow> mounts = mounts(id, hostConfig, config, volumes);
      if (request.readOnlyTopOnly()) {
        mounts = mounts.stream().map(MountRow::readOnlyTopOnly).toList();
      }
      String driver = engine.storageDriver();
      ContainerRow row =
          new ContainerRow(
              id,
              name,
              Instant.now(),
              image.id(),
              image.os().isEmpty() ? "linux" : image.os(),
              config,
              hostConfig,
              networks,
              mounts,
              driver,
              isolation.backend(hostConfig),
              ContainerRow.State.CREATED,
              EndpointChecks.asked(networks));
      Container container = engine.container(row);
      prepareRoot(row);
      FaultPoints.reach("create.root-prepared");
      try {
        engine.imageMounts.prepare(row);
        if (row.mounts().stream().anyMatch(mount -> mount.image() != null)) {
          FaultPoints.reach("mount.images-prepared");
        }
        engine.table.insert(container, volumes::write);
        FaultPoints.reach("create.row-written");
        done = true;
      } finally {
        if (!done) {
          discard(row);
        }
      }
      volumes.keep();
      engine.publish(row, "create", Map.of());
      return new Created(id, warnings);
    } finally {
      engine.creating.remove(id);
      if (!done) {
        engine.table.release(name, id);
      }
    }
  }

  private static String imageName(ContainerConfig config) {
    String image = config.image();
    if (image == null || image.isEmpty()) {
      throw ProaException.invalid("no image specified: a container is made from an image");
    }
    return image;
  }

  private void checkPlatform(@Nullable String platform) {
    if (platform != null && !platform.isEmpty() && !host.runs(platform)) {
      throw ProaException.notFound("no image for platform " + platform + " can run on this host, which is linux/" + host.architecture());
    }
  }

  private static void checkHostname(ContainerConfig config, HostConfig hostConfig) {
    String asked = config.hostname();
    if (Modes.HOST.equals(hostConfig.utsMode()) && asked != null && !asked.isEmpty()) {
      throw ProaException.invalid("conflicting options: hostname and the UTS mode");
    }
  }

  /** {@code NAME[:ALIAS]}. Not {@code NOT_FOUND}: the docker command would take that for a missing image. */
  private void checkLinks(HostConfig hostConfig) {
    if (hostConfig.links() == null) {
      return;
    }
    for (String link : hostConfig.links()) {
      String name = link.split(":", 2)[0];
      try {
        engine.table.get(name);
      } catch (ProaException e) {
        throw new ProaException(ErrorClass.INVALID_ARGUMENT, "could not get container for " + name + ": " + e.getMessage(), e);
      }
    }
  }

  private String hostname(HostConfig hostConfig, String id) {
    return Modes.HOST.equals(hostConfig.networkMode()) ? host.name() : ConfigMerge.defaultHostname(id);
  }

  private Map<String, EndpointSettings> networks(HostConfig hostConfig, CreateRequest request) {
    String mode = String.valueOf(hostConfig.networkMode());
    Map<String, EndpointSettings> networks = new LinkedHashMap<>();
    Map<String, @Nullable EndpointSettings> asked =
        request.networkingConfig() == null || request.networkingConfig().endpointsConfig() == null
            ? Map.of()
            : request.networkingConfig().endpointsConfig();
    if (Modes.isContainer(mode)) {
      return networks;
    }
    if (!engine.networks.has(mode)) {
      // Found out at the start, as by Docker: it may be made until then, and the docker command takes a 404 here for a missing image.
      networks.put(mode, EndpointSettings.bare("", ""));
      return networks;
    }
    NetworkRow network = engine.networks.get(mode);
    networks.put(network.name(), EndpointChecks.wanted(network, null, hostConfig, request.config()));
    asked.forEach(
        (name, settings) -> {
          NetworkRow known = name.equals("default") ? network : engine.networks.get(name);
          boolean first = known.name().equals(network.name());
          if (!first) {
            EndpointChecks.another(network, known);
          }
          networks.put(known.name(), EndpointChecks.wanted(known, settings, first ? hostConfig : null, first ? request.config() : null));
        });
    return networks;
  }

  private List<MountRow> mounts(String id, HostConfig hostConfig, ContainerConfig config, VolumeStore.Claim volumes) {
    Map<String, MountRow> mounts = new LinkedHashMap<>();
    for (String spec : hostConfig.volumesFrom() == null ? List.<String>of() : hostConfig.volumesFrom()) {
      Map.Entry<String, Boolean> from = MountSpecs.volumesFrom(spec);
      Container other = engine.table.find(from.getKey());
      if (other == null) {
        // No 404, which at a creation is a missing image.
        throw ProaException.invalid("No such container: " + from.getKey());
      }
      for (MountRow mount : other.row().mounts()) {
        if (mount.type() != MountRow.Type.TMPFS && mount.type() != MountRow.Type.IMAGE) {
          MountRow inherited = from.getValue() ? mount : mount.readOnly();
          mounts.put(mount.destination(), resolve(inherited, volumes));
        }
      }
    }
    Map<String, MountSpecs.Wanted> wanted =
        MountSpecs.all(hostConfig.binds(), hostConfig.mounts(), hostConfig.tmpfs(), String.valueOf(hostConfig.volumeDriver()));
    int images = 0;
    for (MountSpecs.Wanted mount : wanted.values()) {
      MountRow row = mount.kind() == MountSpecs.Kind.IMAGE ? image(mount, ImageMounts.place(engine.runFolder(id), images++)) : resolve(mount, volumes);
      mounts.put(mount.destination(), row);
    }
    if (config.volumes() != null) {
      for (String target : config.volumes().keySet()) {
        MountSpecs.Wanted anonymous = MountSpecs.bind(target, String.valueOf(hostConfig.volumeDriver()));
        mounts.computeIfAbsent(anonymous.destination(), destination -> resolve(anonymous, volumes));
      }
    }
    return List.copyOf(mounts.values());
  }

  /** Another container's volume, which must not go away while this one is being made. */
  private static MountRow resolve(MountRow inherited, VolumeStore.Claim volumes) {
    if (inherited.type() == MountRow.Type.VOLUME && inherited.volume() != null) {
      volumes.use(inherited.volume(), "", null, null);
    }
    return inherited;
  }

  private MountRow resolve(MountSpecs.Wanted wanted, VolumeStore.Claim volumes) {
    return switch (wanted.kind()) {
      case BIND -> row(wanted, MountRow.Type.BIND, null, wanted.source(), false, null);
      case TMPFS -> row(wanted, MountRow.Type.TMPFS, null, "", false, null);
      case IMAGE -> throw new IllegalStateException("an image is no volume");
      case VOLUME -> {
        boolean anonymous = wanted.source().isEmpty();
        Map<String, String> options = wanted.driverOptions().isEmpty() ? null : wanted.driverOptions();
        VolumeRow volume = volumes.use(anonymous ? null : wanted.source(), wanted.driver(), wanted.labels(), options);
        yield row(wanted, MountRow.Type.VOLUME, volume, engine.volumes.folder(volume).toString(), anonymous, null);
      }
    };
  }

  private MountRow image(MountSpecs.Wanted wanted, Path place) {
    return row(wanted, MountRow.Type.IMAGE, null, place.toString(), false, new MountRow.Image(wanted.source(), engine.images.resolve(wanted.source()).id()));
  }

  private static MountRow row(
      MountSpecs.Wanted wanted, MountRow.Type type, @Nullable VolumeRow volume, String source, boolean anonymous, MountRow.@Nullable Image image) {
    return new MountRow(
        type,
        volume == null ? null : volume.name(),
        volume == null ? null : volume.driver(),
        source,
        wanted.destination(),
        wanted.mode(),
        wanted.readWrite(),
        wanted.propagation(),
        wanted.copyUp(),
        wanted.subpath(),
        wanted.createSource(),
        wanted.recursive(),
        wanted.options(),
        anonymous,
        image);
  }

  private void prepareRoot(ContainerRow row) {
    try (UnpackedImage unpacked = engine.images.unpack(row.imageId())) {
      engine.drivers.use(StorageDriver.class, row.storageDriver(), driver -> driver.prepare(row.id(), unpacked.topChainId()));
    }
  }

  /** The creation failed: what it made goes again; should that fail too, the next start's sweep does it. */
  private void discard(ContainerRow row) {
    engine.imageMounts.remove(row);
    try {
      engine.drivers.run(StorageDriver.class, row.storageDriver(), driver -> driver.remove(row.id()));
    } catch (RuntimeException e) {
      LOG.warn("{}: the root of a container that was not created is left until the next start: {}", row.id(), e.getMessage());
    }
  }
}
