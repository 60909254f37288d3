package dev.proa.spawn.internal;

import dev.proa.spawn.Shim;
import dev.proa.spawn.ShimLauncher;
import dev.proa.spi.daemon.DaemonSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The daemon's shim as a service. Immediate, so that it starts while the rest of the daemon does. */
@Component(service = Shim.class, immediate = true)
public final class ShimComponent extends SupervisedShim {
  @Activate
  public ShimComponent(@Reference DaemonSettings settings) throws IOException {
    super(new ShimLauncher(settings.execRoot(), jars(settings.shimLibrary()), settings.javaHome().resolve("bin").resolve("java")));
  }

  @Deactivate
  @Override
  public void close() {
    super.close();
  }

  private static List<Path> jars(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }
}
