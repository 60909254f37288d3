/** The transport: virtio over memory-mapped registers (virtio 1.2, 4.2). */
@NullMarked
package dev.proa.vmm.virtio.mmio;

import org.jspecify.annotations.NullMarked;
