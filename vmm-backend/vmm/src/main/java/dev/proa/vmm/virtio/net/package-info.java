/** virtio-net (virtio 1.2, 5.1) on a tap. */
@NullMarked
package dev.proa.vmm.virtio.net;

import org.jspecify.annotations.NullMarked;
