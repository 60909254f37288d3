/** virtio-rng (virtio 1.2, 5.4). */
@NullMarked
package dev.proa.vmm.virtio.rng;

import org.jspecify.annotations.NullMarked;
