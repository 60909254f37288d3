/** What is in an image, for plugins that look into it without a container. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.image;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
