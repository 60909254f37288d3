package dev.proa.storage.layers;

import dev.proa.linux.Errno;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import java.util.HashSet;
import java.util.Set;

/** What a tree uses: the sizes of its regular files as Docker sums them up, each inode once, and the number of inodes. */
public record LayerUsage(long sizeBytes, long inodes) {

  public static LayerUsage of(Fd root) throws ErrnoException {
    long size = 0;
    long inodes = 1;
    Set<Long> linked = new HashSet<>();
    try (TreeWalk walk = new TreeWalk(root, false)) {
      for (Walk.Visit visit = walk.next(); visit != null; visit = walk.next()) {
        boolean directory = visit.status().isDirectory();
        if (!directory && visit.status().nlink() > 1 && !linked.add(visit.status().ino())) {
          continue;
        }
        inodes++;
        size = visit.status().isRegularFile() ? Math.addExact(size, visit.status().size()) : size;
      }
    } catch (ArithmeticException e) {
      throw new ErrnoException("size", Errno.EOVERFLOW, "the files' sizes together");
    }
    return new LayerUsage(size, inodes);
  }
}
