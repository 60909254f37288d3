/** What all extension points share: the closed set of failures, the name of a driver, mounts. */
@Export
@Version("1.2.0")
@NullMarked
package dev.proa.spi;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
