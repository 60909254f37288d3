/** Looking into images without running them. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.roots;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
