package dev.proa.microvm;

import dev.proa.microvm.guest.KernelStore;
import dev.proa.spawn.Shim;
import dev.proa.spi.Driver;
import dev.proa.spi.daemon.DaemonSettings;
import dev.proa.spi.isolation.IsolationBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
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

  /** "yes": guests go on from a snapshot of one that has just come up. Off, as it has not been shown under load yet. */
  private static final String WARM = "PROA_MICROVM_WARM";

  private static final Duration USUAL_BOOT_TIME = Duration.ofSeconds(30);

  @Activate
  public MicroVmBackendComponent(@Reference Shim shim, @Reference DaemonSettings settings) {
    super(
        shim,
        new VmmHypervisor(
            settings.javaHome().toAbsolutePath(),
            settings.home().resolve("lib").resolve("vmm"),
            new KernelStore(settings.dataRoot().resolve("isolation").resolve(NAME).resolve("kernels")),
            settings.execRoot().resolve("isolation").resolve(NAME),
            buildId(settings.home()),
            settings.home().resolve("lib").resolve("aot").resolve(buildId(settings.home())).resolve("vmm.aot"),
            "yes".equals(System.getenv(WARM))),
        "/proa",
        bootTime(System.getenv(BOOT_SECONDS)));
  }

  /** As the distribution has it, see its lib/build-id; without one no snapshot is older than this daemon. */
  private static String buildId(Path home) {
    try {
      return Files.readString(home.resolve("lib").resolve("build-id")).strip();
    } catch (IOException e) {
      return UUID.randomUUID().toString();
    }
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
