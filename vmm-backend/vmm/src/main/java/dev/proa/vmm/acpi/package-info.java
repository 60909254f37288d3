/** The ACPI tables that tell a stock kernel what there is (ACPI 6.5, hardware-reduced), and the little AML they need. */
@NullMarked
package dev.proa.vmm.acpi;

import org.jspecify.annotations.NullMarked;
