package dev.proa.lifecycle.internal.run;

import dev.proa.linux.Fd;
import dev.proa.linux.FolderCopy;
import dev.proa.linux.Fs;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ErrorClass;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Fills an empty volume with what the image has at the place where it is mounted, as Docker does at a volume's first use. */
public final class CopyUp {
  private CopyUp() {}

  /**
   * Does nothing if the volume is not empty or the image has no folder there.
   *
   * @param root opens the container's root
   */
  public static void fill(Supplier<Fd> root, String destination, Path volume) {
    try {
      try (Stream<Path> entries = Files.list(volume)) {
        if (entries.findAny().isPresent()) {
          return;
        }
      }
      try (Fd source = RootPaths.openFolder(root.get(), destination, Fcntl.O_RDONLY)) {
        if (source != null) {
          try (Fd target = Fs.open(volume.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY)) {
            FolderCopy.copy(source, target);
          }
        }
      }
    } catch (IOException e) {
      boolean full = String.valueOf(e.getMessage()).contains("ENOSPC") || String.valueOf(e.getMessage()).contains("EDQUOT");
      throw new ProaException(
          full ? ErrorClass.RESOURCE_EXHAUSTED : ErrorClass.INTERNAL,
          "cannot copy the image's files at " + destination + " into volume " + volume + ": " + e.getMessage(),
          e);
    }
  }
}
