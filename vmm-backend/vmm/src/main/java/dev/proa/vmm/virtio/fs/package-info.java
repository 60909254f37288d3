/** virtio-fs (virtio 1.2, 5.11): a FUSE server for directories of the host. */
@NullMarked
package dev.proa.vmm.virtio.fs;

import org.jspecify.annotations.NullMarked;
