package dev.proa.storage.erofs;

import dev.proa.spi.conformance.LayerMeaningSuite;
import dev.proa.spi.storage.StorageDriver;

class ErofsLayerMeaningTest extends LayerMeaningSuite {
  @Override
  protected StorageDriver newDriver() {
    return new ErofsDriver();
  }
}
