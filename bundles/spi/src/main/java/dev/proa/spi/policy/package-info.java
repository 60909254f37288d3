/** Image verification: which images may be used, decided before anything of them is. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.policy;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
