/** Kernels and the state in which a vCPU enters them: Linux's boot protocol (Documentation/arch/x86/boot.rst), PVH (xen/include/public/arch-x86/hvm/start_info.h), CPUID, MSRs. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.vmm.boot;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
