package org.example.shelf;

import dev.proa.spi.conformance.VolumeDriverSuite;
import dev.proa.spi.volume.VolumeDriver;
import java.util.Map;

class ShelfVolumesTest extends VolumeDriverSuite {
  @Override
  protected VolumeDriver newDriver() {
    return new ShelfVolumes();
  }

  @Override
  protected Map<String, String> options() {
    return Map.of("mode", "1777");
  }
}
