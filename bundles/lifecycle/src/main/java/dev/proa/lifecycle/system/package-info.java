/** What the daemon says about itself and its host. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.system;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
