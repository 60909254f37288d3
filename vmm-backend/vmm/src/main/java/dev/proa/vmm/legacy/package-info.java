/** Devices at I/O ports: serial port, reset, power management, boot timer. */
@NullMarked
package dev.proa.vmm.legacy;

import org.jspecify.annotations.NullMarked;
