/** The VMM process. */
@NullMarked
package dev.proa.vmm;

import org.jspecify.annotations.NullMarked;
