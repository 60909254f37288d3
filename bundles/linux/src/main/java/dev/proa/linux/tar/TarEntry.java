package dev.proa.linux.tar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One member of a tar stream. Names are as {@link dev.proa.linux.FileName} has them: any byte survives.
 *
 * @param name as it stands in the archive: may be absolute, hold {@code ..} and end in a slash
 * @param linkName target of a hard link or text of a symbolic link; empty otherwise
 * @param mode permission bits with set-id and sticky only
 * @param uid as the kernel takes it; ids above 2³¹−1 read as negative
 * @param size of the file as it will be, holes included; 0 for everything else
 * @param xattrs name to value, in the archive's order
 * @param extents where the data of a sparse file goes: offset and length in turn, ascending; null for a plain file
 */
public record TarEntry(
    String name,
    Type type,
    String linkName,
    int mode,
    int uid,
    int gid,
    long size,
    long modifiedSeconds,
    int modifiedNanos,
    int deviceMajor,
    int deviceMinor,
    Map<String, byte[]> xattrs,
    long @Nullable [] extents) {

  /** The kinds of members that a layer may hold. */
  public enum Type {
    FILE('0'),
    HARD_LINK('1'),
    SYMBOLIC_LINK('2'),
    CHARACTER_DEVICE('3'),
    BLOCK_DEVICE('4'),
    DIRECTORY('5'),
    FIFO('6');

    private final char flag;

    Type(char flag) {
      this.flag = flag;
    }

    /** The header's typeflag. */
    public char flag() {
      return flag;
    }
  }
}
