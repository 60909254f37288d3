package dev.proa.storage.erofs;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;
import dev.proa.storage.layers.ApplyLimits;
import java.util.List;

/** The same over loop devices, as on kernels before 6.12, or where the data root lies on a file system that file-backed mounts refuse. */
class ErofsOverLoopConformanceTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new ErofsDriver(ApplyLimits.DEFAULT, List.of(LayerMounts.LOOP));
  }
}
