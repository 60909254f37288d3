package org.example.tmpfs;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fs;
import dev.proa.spi.DriverContext;
import dev.proa.spi.ProaException;
import dev.proa.storage.vfs.VfsDriver;
import java.nio.file.Path;

/**
 * Layers and roots of containers in memory: quick, and gone with the next boot, when the engine unpacks images again. The work is done by the classes that
 * Proa's own driver vfs is made of (whole trees, copied); what is different is where they lie: in the driver's folder for what may be lost, which has to be
 * on a tmpfs, as {@code /run} is. A host where it is not cannot have this driver, which is then listed as skipped, with the reason.
 */
public class TmpfsStorage extends VfsDriver {
  /** What {@code --storage-driver} takes. */
  public static final String NAME = "tmpfs";

  private static final long TMPFS_MAGIC = 0x01021994; // linux/magic.h

  public TmpfsStorage() {
    super(NAME);
  }

  @Override
  public void open(DriverContext context) {
    Path folder = context.runDir();
    if (!isInMemory(folder)) {
      throw ProaException.failedPrecondition(folder + " is on no tmpfs: start the daemon with an --exec-root that is");
    }
    super.open(new InMemory(folder));
  }

  /** For a test on a disk. */
  boolean isInMemory(Path folder) {
    try {
      return Fs.statfs(folder.toString()).type() == TMPFS_MAGIC;
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot find out what " + folder + " is on: " + e.getMessage(), e);
    }
  }

  /** Everything lies in the one folder. */
  private record InMemory(Path folder) implements DriverContext {
    @Override
    public Path stateDir() {
      return folder;
    }

    @Override
    public Path runDir() {
      return folder;
    }
  }
}
