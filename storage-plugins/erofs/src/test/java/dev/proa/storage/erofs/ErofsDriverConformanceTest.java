package dev.proa.storage.erofs;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;

class ErofsDriverConformanceTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new ErofsDriver();
  }
}
