/** Additions to the Engine API: a plugin answers what is asked under {@code /proa/NAME}. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
