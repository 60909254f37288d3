package dev.proa.storage.vfs;

import dev.proa.spi.conformance.LayerMeaningSuite;
import dev.proa.spi.storage.StorageDriver;

class VfsLayerMeaningTest extends LayerMeaningSuite {
  @Override
  protected StorageDriver newDriver() {
    return new VfsDriver();
  }
}
