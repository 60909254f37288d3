/** Drivers by name: leases on them, and the bundles they come in. */
@Export
@Version("1.1.0")
@NullMarked
package dev.proa.plugins;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
