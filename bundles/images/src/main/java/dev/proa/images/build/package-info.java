/** Layers and images that a build makes. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.images.build;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
