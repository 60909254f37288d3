/** Logs of containers: kept, and read again by cursors. Shaped after Docker's log drivers. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
