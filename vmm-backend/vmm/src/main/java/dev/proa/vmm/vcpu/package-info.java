/** vCPU threads, and the way from their exits to the devices. */
@NullMarked
package dev.proa.vmm.vcpu;

import org.jspecify.annotations.NullMarked;
