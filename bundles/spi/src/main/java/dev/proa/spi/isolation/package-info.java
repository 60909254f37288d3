/** Isolation: the OCI runtime specification in, a running task out. Shaped after containerd's task service. */
@Export
@Version("1.2.0")
@NullMarked
package dev.proa.spi.isolation;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
