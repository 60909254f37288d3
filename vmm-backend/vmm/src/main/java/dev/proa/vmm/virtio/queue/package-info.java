/** Split virtqueues (virtio 1.2, 2.7). */
@NullMarked
package dev.proa.vmm.virtio.queue;

import org.jspecify.annotations.NullMarked;
