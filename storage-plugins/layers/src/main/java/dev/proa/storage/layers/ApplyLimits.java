package dev.proa.storage.layers;

/**
 * What one layer may hold at most: a bound on what a hostile one can make the daemon do, far above what real ones have. What is kept in memory has to
 * fit into the daemon's heap of 512 MiB, for more than one layer at a time.
 *
 * @param entries members of the archive
 * @param leaves everything but directories, where their names are kept in memory while the layer is made
 * @param directories directories, whiteouts and copied files: the ones that are kept in memory while the layer is unpacked
 * @param bytes of the uncompressed stream, and of data written to disk
 * @param pathBytes a member's name, and its real path below the root
 */
public record ApplyLimits(long entries, int leaves, int directories, long bytes, int pathBytes) {
  public static final ApplyLimits DEFAULT = new ApplyLimits(10_000_000, 2_000_000, 300_000, 1L << 40, 4096);
}
