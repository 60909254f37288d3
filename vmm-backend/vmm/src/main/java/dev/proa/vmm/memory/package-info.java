/** Guest memory: every access by a guest's address is checked. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.vmm.memory;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
