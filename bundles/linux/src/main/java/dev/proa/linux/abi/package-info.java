/** Constants and layouts of the kernel's user interface, spelt as the kernel's headers spell them; no behaviour. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.linux.abi;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
