package dev.proa.plugins;

import java.util.List;

/** Registered as a service by whoever has things that depend on drivers, and asked before a driver goes for good. */
public interface DriverUsers {
  /**
   * @param point the extension point's interface, such as {@code dev.proa.spi.storage.StorageDriver}
   * @return who uses the driver now, in words: {@code running container web}, {@code network front}
   */
  List<String> of(String point, String driver);

  /** Stops what runs with it. What only lies there stays, and is of no use until the driver is there again. */
  void stop(String point, String driver);
}
