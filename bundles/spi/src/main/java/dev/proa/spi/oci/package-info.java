/** The OCI runtime specification (config.md, config-linux.md, version 1.3) as records: what lifecycle says to every isolation backend. */
@Export
@Version("1.2.0")
@NullMarked
package dev.proa.spi.oci;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
