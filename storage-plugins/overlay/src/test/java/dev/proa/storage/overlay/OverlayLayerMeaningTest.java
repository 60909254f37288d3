package dev.proa.storage.overlay;

import dev.proa.spi.conformance.LayerMeaningSuite;
import dev.proa.spi.storage.StorageDriver;

class OverlayLayerMeaningTest extends LayerMeaningSuite {
  @Override
  protected StorageDriver newDriver() {
    return new OverlayDriver();
  }
}
