package dev.proa.linux;

/**
 * What statfs(2) says about a file system.
 *
 * @param type its magic number, see {@link dev.proa.linux.abi.Magic}
 * @param blockSize in bytes; {@code blocks}, {@code blocksFree} and {@code blocksAvailable} count these
 */
public record FileSystemStatus(
    long type, long blockSize, long blocks, long blocksFree, long blocksAvailable, long files, long filesFree, long nameMax, long flags) {}
