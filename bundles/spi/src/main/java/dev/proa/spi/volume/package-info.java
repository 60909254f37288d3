/** The extension point for volumes: folders with a name that outlive containers. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.volume;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
