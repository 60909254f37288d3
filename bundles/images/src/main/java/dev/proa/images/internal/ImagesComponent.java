package dev.proa.images.internal;

import dev.proa.images.Artifacts;
import dev.proa.images.Images;
import dev.proa.images.build.BuildImages;
import dev.proa.images.internal.layer.Snapshots;
import dev.proa.images.internal.registry.Authenticators;
import dev.proa.images.internal.registry.RegistrySettings;
import dev.proa.images.internal.verify.Verifiers;
import dev.proa.plugins.Drivers;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.policy.ImageVerifier;
import dev.proa.spi.registry.RegistryAuthenticator;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The images of this daemon, over the storage driver that its settings name, or else the best there is, as lifecycle chooses it. */
@Component(service = {Images.class, BuildImages.class})
public final class ImagesComponent extends ImagesService {
  private final ServiceRegistration<Artifacts> registration;

  @Activate
  public ImagesComponent(BundleContext context, @Reference DaemonSettings settings, @Reference StateStore store, @Reference Drivers drivers) {
    super(
        settings.dataRoot().resolve("content"),
        store,
        new DriverSnapshots(drivers, settings.storageDriver()),
        RegistrySettings.of(settings),
        new DriverAuthenticators(drivers),
        new DriverVerifiers(drivers),
        settings.dataRoot().resolve("policy"));
    registration = context.registerService(Artifacts.class, artifacts(), null);
  }

  @Deactivate
  void stop() {
    registration.unregister();
    close();
  }

  private record DriverSnapshots(Drivers drivers, Optional<String> chosen) implements Snapshots {
    @Override
    public <T> T use(Call<T> call) throws IOException {
      return drivers.<StorageDriver, T, IOException>use(StorageDriver.class, drivers.storage(chosen), call::on);
    }
  }

  private record DriverAuthenticators(Drivers drivers) implements Authenticators {
    @Override
    public List<String> names() {
      return drivers.names(RegistryAuthenticator.class);
    }

    @Override
    public <R> R use(String name, Function<RegistryAuthenticator, R> call) {
      return drivers.<RegistryAuthenticator, R, RuntimeException>use(RegistryAuthenticator.class, name, call::apply);
    }
  }

  private record DriverVerifiers(Drivers drivers) implements Verifiers {
    @Override
    public List<String> names() {
      return drivers.names(ImageVerifier.class);
    }

    @Override
    public <R> R use(String name, Function<ImageVerifier, R> call) {
      return drivers.<ImageVerifier, R, RuntimeException>use(ImageVerifier.class, name, call::apply);
    }
  }
}
