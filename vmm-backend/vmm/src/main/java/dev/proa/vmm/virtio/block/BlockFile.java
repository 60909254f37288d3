package dev.proa.vmm.virtio.block;

import dev.proa.linux.Fd;

/**
 * What is behind a disk.
 *
 * @param sectors of 512 bytes
 */
record BlockFile(String id, Fd file, boolean readOnly, long sectors) {}
