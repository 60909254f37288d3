package dev.proa.images.internal;

import dev.proa.images.ImageUsers;
import dev.proa.images.ProgressMessage;
import dev.proa.images.ProgressSink;
import dev.proa.images.internal.layer.Snapshots;
import dev.proa.images.internal.registry.Authenticators;
import dev.proa.images.internal.registry.RegistrySettings;
import dev.proa.images.internal.verify.Verifiers;
import dev.proa.registry.basic.BasicAuthenticator;
import dev.proa.registry.certificate.CertificateAuthenticator;
import dev.proa.registry.cosign.CosignVerifier;
import dev.proa.registry.helper.HelperAuthenticator;
import dev.proa.registry.token.TokenAuthenticator;
import dev.proa.spi.DriverContext;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.storage.overlay.OverlayDriver;
import dev.proa.store.SqliteStateStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The bundle over a real state store and a real storage driver, in a folder. May be closed and opened again. */
final class TestBed implements AutoCloseable {
  final Path root;
  final List<ProgressMessage> messages = Collections.synchronizedList(new ArrayList<>());
  /** Whether the image verifier's plugin is there. */
  volatile boolean verifierThere = true;

  private RegistrySettings settings;
  private @Nullable SqliteStateStore store;
  private @Nullable OverlayDriver driver;
  private @Nullable ImagesService images;

  TestBed(Path root) {
    this(root, List.of(), Duration.ofSeconds(5));
  }

  /** @param probe how long a plain server may let a TLS client wait */
  TestBed(Path root, List<String> mirrors, Duration probe) {
    this(root, mirrors, List.of(), Map.of(), probe);
  }

  TestBed(Path root, List<String> mirrors, List<String> insecure, Map<String, String> proxies, Duration probe) {
    this.root = root;
    this.settings =
        new RegistrySettings(
            mirrors, insecure, proxies, "proa/test", Duration.ofSeconds(5), probe, Duration.ofSeconds(5), Duration.ofMillis(700), Duration.ofMillis(10));
    open();
  }

  void open() {
    try {
      Files.createDirectories(root.resolve("overlay"));
      Files.createDirectories(root.resolve("run"));
      store = SqliteStateStore.open(root.resolve("state.db"));
      driver = new OverlayDriver();
      driver.open(
          new DriverContext() {
            @Override
            public Path stateDir() {
              return root.resolve("overlay");
            }

            @Override
            public Path runDir() {
              return root.resolve("run");
            }
          });
      images =
          new ImagesService(
              root.resolve("content"),
              store,
              new Snapshots() {
                @Override
                public <T> T use(Call<T> call) throws IOException {
                  return call.on(driver());
                }
              },
              settings,
              authenticators(),
              verifiers(),
              root.resolve("policy"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The real registry plugins, their state in the folder {@code registry/NAME}. */
  private Authenticators authenticators() throws IOException {
    Map<String, RegistryAuthenticator> drivers = new TreeMap<>();
    drivers.put(BasicAuthenticator.NAME, new BasicAuthenticator());
    drivers.put(TokenAuthenticator.NAME, new TokenAuthenticator());
    drivers.put(HelperAuthenticator.NAME, new HelperAuthenticator());
    drivers.put(CertificateAuthenticator.NAME, new CertificateAuthenticator());
    for (Map.Entry<String, RegistryAuthenticator> driver : drivers.entrySet()) {
      Path state = Files.createDirectories(root.resolve("registry").resolve(driver.getKey()));
      driver.getValue().open(folders(state));
    }
    return new Authenticators() {
      @Override
      public List<String> names() {
        return List.copyOf(drivers.keySet());
      }

      @Override
      public <R> R use(String name, Function<RegistryAuthenticator, R> call) {
        return call.apply(java.util.Objects.requireNonNull(drivers.get(name)));
      }
    };
  }

  /** The real image verifier, its policy in the folder {@code policy/cosign}. */
  private Verifiers verifiers() throws IOException {
    Path state = Files.createDirectories(root.resolve("policy").resolve(CosignVerifier.NAME));
    CosignVerifier cosign = new CosignVerifier();
    cosign.open(folders(state));
    return new Verifiers() {
      @Override
      public List<String> names() {
        return verifierThere ? List.of(CosignVerifier.NAME) : List.of();
      }

      @Override
      public <R> R use(String name, Function<ImageVerifier, R> call) {
        return call.apply(cosign);
      }
    };
  }

  private static DriverContext folders(Path state) {
    return new DriverContext() {
      @Override
      public Path stateDir() {
        return state;
      }

      @Override
      public Path runDir() {
        return state;
      }
    };
  }

  OverlayDriver driver() {
    return java.util.Objects.requireNonNull(driver);
  }

  ImagesService images() {
    return java.util.Objects.requireNonNull(images);
  }

  @Override
  public void close() {
    images().close();
    driver().close();
    java.util.Objects.requireNonNull(store).close();
  }

  ProgressSink sink() {
    return messages::add;
  }

  List<String> load(byte[] archive) {
    messages.clear();
    images().load(new ByteArrayInputStream(archive), List.of(), true, sink());
    return messages.stream().map(message -> String.valueOf(message.stream()).strip()).toList();
  }

  /** Statuses, with their id if they have one. */
  List<String> statuses() {
    return messages.stream()
        .filter(message -> message.status() != null && message.progress() == null)
        .map(message -> (message.id() == null ? "" : message.id() + ": ") + message.status())
        .toList();
  }

  static final ImageUsers NOBODY = id -> List.of();

  List<String> blobs() {
    return names(root.resolve("content/blobs/sha256"));
  }

  List<String> ingests() {
    return names(root.resolve("content/ingest"));
  }

  List<String> layers() {
    List<String> layers = new ArrayList<>();
    driver().walk(info -> layers.add(info.key()));
    return layers;
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isEmpty() {
    return blobs().isEmpty() && ingests().isEmpty() && layers().isEmpty() && images().list(java.util.Map.of()).isEmpty();
  }
}
