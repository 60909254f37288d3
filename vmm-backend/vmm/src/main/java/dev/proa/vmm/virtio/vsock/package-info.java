/** virtio-vsock (virtio 1.2, 5.10) on Unix sockets, as Firecracker does it. */
@NullMarked
package dev.proa.vmm.virtio.vsock;

import org.jspecify.annotations.NullMarked;
