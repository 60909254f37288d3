package dev.proa.microvm;

import dev.proa.microvm.guest.KernelStore;
import dev.proa.spawn.Shim;
import dev.proa.spi.Driver;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.IsolationBackend;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Registers the backend; the engine opens it. */
@Component(service = IsolationBackend.class, property = Driver.NAME + "=" + MicroVmBackendComponent.NAME)
public final class MicroVmBackendComponent extends MicroVmBackend {
  static final String NAME = "microvm";

  /** Seconds that a guest may take until its agent answers: a host that is emulated itself needs more than the usual ones. */
  private static final String BOOT_SECONDS = "PROA_MICROVM_BOOT_SECONDS";

  private static final Duration USUAL_BOOT_TIME = Duration.ofSeconds(30);

  @Activate
  public MicroVmBackendComponent(@Reference Shim shim, @Reference DaemonSettings settings) {
    super(
        shim,
        new VmmHypervisor(
            settings.javaHome().toAbsolutePath(),
            settings.home().resolve("lib").resolve("vmm"),
            new KernelStore(settings.dataRoot().resolve("isolation").resolve(NAME).resolve("kernels")),
            settings.execRoot().resolve("isolation").resolve(NAME)),
        "/proa",
        bootTime(System.getenv(BOOT_SECONDS)));
  }

  private static Duration bootTime(@org.jspecify.annotations.Nullable String seconds) {
    return seconds != null && seconds.matches("[1-9]\\d{0,3}") ? Duration.ofSeconds(Long.parseLong(seconds)) : USUAL_BOOT_TIME;
  }

  /** The engine closes what it opened; a bundle that is stopped behind its back must let go all the same. */
  @Deactivate
  @Override
  public void close() {
    super.close();
  }
}
