/** A microVM in two files: memory, and everything else. */
@NullMarked
package dev.proa.vmm.snapshot;

import org.jspecify.annotations.NullMarked;
