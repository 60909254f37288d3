package dev.proa.images.internal.layer;

import dev.proa.spi.storage.StorageDriver;
import java.io.IOException;

/** The storage driver of this daemon, leased for one call at a time: it may be replaced between two. */
public interface Snapshots {
  <T> T use(Call<T> call) throws IOException;

  /** One use of the driver; nothing of the driver may leave it. */
  @FunctionalInterface
  interface Call<T> {
    T on(StorageDriver driver) throws IOException;
  }
}
