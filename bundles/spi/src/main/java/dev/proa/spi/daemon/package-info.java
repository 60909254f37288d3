/** What the daemon was told at its start: read by the engine's bundles and by drivers, written by the launcher alone. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.daemon;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
