/** Virtio devices (OASIS virtio 1.2): what all have in common. Each device has a folder of its own with the same file names. */
@NullMarked
package dev.proa.vmm.virtio;

import org.jspecify.annotations.NullMarked;
