/** virtio-blk (virtio 1.2, 5.2) on a file. */
@NullMarked
package dev.proa.vmm.virtio.block;

import org.jspecify.annotations.NullMarked;
