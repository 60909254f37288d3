package dev.proa.storage.erofs;

import dev.proa.spi.ProaException;
import java.util.Arrays;

/**
 * The names in the layer that are no directories, with the number of the inode each means: about 50 bytes for one, so that half a million of them take
 * 25 MiB. A name is found by its directory's number and its bytes.
 */
final class LeafTable {
  static final int ABSENT = -1;

  private static final int FIRST = 1024;
  private static final int DEAD = -2;

  private final int most;

  private int size;
  private int[] buckets = new int[FIRST];
  private int[] next = new int[FIRST];
  private int[] directory = new int[FIRST];
  private int[] nameAt = new int[FIRST];
  private long[] inode = new long[FIRST];
  private byte[] type = new byte[FIRST];

  private byte[] names = new byte[FIRST * 16];
  private int namesUsed;

  /** @param most how many there may be, taken away ones too */
  LeafTable(int most) {
    this.most = most;
    Arrays.fill(buckets, ABSENT);
  }

  /** Which one it is, {@link #ABSENT} for none. */
  int find(int inDirectory, byte[] name) {
    for (int i = buckets[bucket(inDirectory, name)]; i != ABSENT; i = next[i]) {
      if (directory[i] == inDirectory && isNamed(i, name)) {
        return i;
      }
    }
    return ABSENT;
  }

  private boolean isNamed(int leaf, byte[] name) {
    int at = nameAt[leaf];
    return (names[at] & 0xff) == name.length && Arrays.equals(names, at + 1, at + 1 + name.length, name, 0, name.length);
  }

  private int bucket(int inDirectory, byte[] name) {
    int hash = inDirectory * 0x9e3779b9;
    for (byte b : name) {
      hash = hash * 31 + b;
    }
    hash *= 0x85ebca6b;
    return (hash ^ hash >>> 15) & buckets.length - 1;
  }

  /** Adds a name that is not there. */
  int add(int inDirectory, byte[] name, long nid, int fileType) {
    if (size == most || namesUsed > Integer.MAX_VALUE - 512) {
      throw ProaException.invalid("the layer has more than " + most + " files");
    }
    if (size == next.length) {
      grow();
    }
    if (namesUsed + 1 + name.length > names.length) {
      names = Arrays.copyOf(names, (int) Math.min(Integer.MAX_VALUE - 8, names.length * 3L / 2 + name.length + 1));
    }
    int leaf = size++;
    directory[leaf] = inDirectory;
    inode[leaf] = nid;
    type[leaf] = (byte) fileType;
    nameAt[leaf] = namesUsed;
    names[namesUsed] = (byte) name.length;
    System.arraycopy(name, 0, names, namesUsed + 1, name.length);
    namesUsed += 1 + name.length;
    link(leaf, bucket(inDirectory, name));
    return leaf;
  }

  private void link(int leaf, int bucket) {
    next[leaf] = buckets[bucket];
    buckets[bucket] = leaf;
  }

  private void grow() {
    int length = Math.min(most, next.length + (next.length >> 1));
    next = Arrays.copyOf(next, length);
    directory = Arrays.copyOf(directory, length);
    nameAt = Arrays.copyOf(nameAt, length);
    inode = Arrays.copyOf(inode, length);
    type = Arrays.copyOf(type, length);
    if (length > buckets.length) {
      buckets = new int[buckets.length * 2];
      Arrays.fill(buckets, ABSENT);
      for (int leaf = 0; leaf < size; leaf++) {
        if (directory[leaf] != DEAD) {
          link(leaf, bucket(directory[leaf], name(leaf)));
        }
      }
    }
  }

  /** Takes it out. */
  void remove(int leaf) {
    int bucket = bucket(directory[leaf], name(leaf));
    if (buckets[bucket] == leaf) {
      buckets[bucket] = next[leaf];
    } else {
      int before = buckets[bucket];
      while (next[before] != leaf) {
        before = next[before];
      }
      next[before] = next[leaf];
    }
    directory[leaf] = DEAD;
  }

  byte[] name(int leaf) {
    int at = nameAt[leaf];
    return Arrays.copyOfRange(names, at + 1, at + 1 + (names[at] & 0xff));
  }

  private int compare(int a, int b) {
    int first = nameAt[a];
    int second = nameAt[b];
    return Arrays.compareUnsigned(
        names, first + 1, first + 1 + (names[first] & 0xff), names, second + 1, second + 1 + (names[second] & 0xff));
  }

  long inode(int leaf) {
    return inode[leaf];
  }

  int type(int leaf) {
    return type[leaf];
  }

  /**
   * The leaves by directory; those of directories that were taken away are among them.
   *
   * @param numbers how many numbers the directories have that are there
   */
  ByDirectory byDirectory(int numbers) {
    int directories = numbers;
    for (int leaf = 0; leaf < size; leaf++) {
      directories = Math.max(directories, directory[leaf] + 1);
    }
    int[] starts = new int[directories + 1];
    for (int leaf = 0; leaf < size; leaf++) {
      if (directory[leaf] != DEAD) {
        starts[directory[leaf] + 1]++;
      }
    }
    for (int i = 0; i < directories; i++) {
      starts[i + 1] += starts[i];
    }
    int[] order = new int[starts[directories]];
    int[] filled = starts.clone();
    for (int leaf = 0; leaf < size; leaf++) {
      if (directory[leaf] != DEAD) {
        order[filled[directory[leaf]]++] = leaf;
      }
    }
    return new ByDirectory(starts, order);
  }

  /**
   * @param starts by a directory's number, where in {@code order} its leaves start
   * @param order numbers of leaves
   */
  record ByDirectory(int[] starts, int[] order) {

    /** Puts the leaves of a directory in the order of their names' bytes, without an object for each. */
    void sort(int directory, LeafTable leaves) {
      int from = starts[directory];
      int to = starts[directory + 1];
      int[] sorted = Arrays.copyOfRange(order, from, to);
      int[] other = new int[sorted.length];
      for (int width = 1; width < sorted.length; width *= 2) {
        for (int at = 0; at < sorted.length; at += 2 * width) {
          merge(leaves, sorted, other, at, Math.min(at + width, sorted.length), Math.min(at + 2 * width, sorted.length));
        }
        int[] swapped = sorted;
        sorted = other;
        other = swapped;
      }
      System.arraycopy(sorted, 0, order, from, sorted.length);
    }

    private static void merge(LeafTable leaves, int[] from, int[] to, int left, int right, int end) {
      int l = left;
      int r = right;
      for (int i = left; i < end; i++) {
        to[i] = r == end || l < right && leaves.compare(from[l], from[r]) <= 0 ? from[l++] : from[r++];
      }
    }
  }
}
