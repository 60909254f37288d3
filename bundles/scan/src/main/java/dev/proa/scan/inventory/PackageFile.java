package dev.proa.scan.inventory;

import java.util.List;

/** A file of a layer that tells of packages. */
public record PackageFile(String path, List<PackageRecord> packages) {
  public PackageFile {
    packages = List.copyOf(packages);
  }
}
