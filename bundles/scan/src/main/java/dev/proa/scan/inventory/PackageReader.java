package dev.proa.scan.inventory;

import java.io.IOException;
import java.io.InputStream;

/** Reads one kind of package metadata. The bytes are somebody else's: what is wrong with them is said to the collector, or thrown. */
interface PackageReader {
  /** @param path in the layer, without a slash at its beginning */
  boolean wants(String path);

  /** The most that is read of a file; a longer one is said and left out. */
  long limit();

  /** @throws IOException with what is wrong with the file; what was found before stays */
  void read(String path, InputStream in, Collector found) throws IOException;
}
