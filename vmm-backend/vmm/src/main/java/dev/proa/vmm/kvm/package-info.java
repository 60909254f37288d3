/** KVM's interface (Documentation/virt/kvm/api.rst): its numbers and layouts, and one handle each for /dev/kvm, a virtual machine and a vCPU. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.vmm.kvm;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
