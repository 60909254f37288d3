package dev.proa.storage.vfs;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;

class VfsDriverConformanceTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new VfsDriver();
  }
}
