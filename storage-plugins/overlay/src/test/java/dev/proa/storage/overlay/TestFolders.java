package dev.proa.storage.overlay;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.proa.storage.layers.ApplyLimits;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import dev.proa.spi.conformance.MountedRoot;
import dev.proa.spi.conformance.TreeListing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What this module's tests share. */
record TestFolders(Path stateDir) implements DriverContext {
  @Override
  public Path runDir() {
    return stateDir;
  }

  static OverlayDriver open(Path stateDir) {
    return open(stateDir, ApplyLimits.DEFAULT);
  }

  /** Skips the test where the host has no overlayfs. */
  static OverlayDriver open(Path stateDir, ApplyLimits limits) {
    OverlayDriver driver = new OverlayDriver(limits);
    try {
      driver.open(new TestFolders(stateDir));
    } catch (ProaException e) {
      assumeFalse(e.is(ErrorClass.FAILED_PRECONDITION), () -> "skipped: " + e.getMessage());
      throw e;
    }
    return driver;
  }

  /** What the layer and those below it look like, without the root directory. */
  static Map<String, String> tree(OverlayDriver driver, String chainId) throws IOException {
    try (MountedRoot root = MountedRoot.of(driver.view("view of " + chainId, chainId))) {
      return TreeListing.below(root.fd());
    } finally {
      driver.remove("view of " + chainId);
    }
  }

  static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new AssertionError(List.of(command) + ": " + process.exitValue() + ": " + output);
    }
  }
}
