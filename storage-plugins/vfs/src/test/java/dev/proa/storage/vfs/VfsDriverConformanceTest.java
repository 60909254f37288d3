package dev.proa.storage.vfs;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;

class VfsDriverConformanceTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new VfsDriver();
  }

  /** The whole tree is kept: what a layer hid is found by looking what is gone. */
  @Override
  protected boolean keepsOpaqueDirectories() {
    return false;
  }
}
