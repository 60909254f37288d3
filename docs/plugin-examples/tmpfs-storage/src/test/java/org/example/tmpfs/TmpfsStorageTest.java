package org.example.tmpfs;

import dev.proa.spi.conformance.StorageDriverSuite;
import dev.proa.spi.storage.StorageDriver;
import java.nio.file.Path;

class TmpfsStorageTest extends StorageDriverSuite {
  @Override
  protected StorageDriver newDriver() {
    return new TmpfsStorage() {
      @Override
      boolean isInMemory(Path folder) {
        return true; // the suite chooses the folder
      }
    };
  }

  /** The whole tree is kept: what a layer hid is found by looking what is gone. */
  @Override
  protected boolean keepsOpaqueDirectories() {
    return false;
  }
}
