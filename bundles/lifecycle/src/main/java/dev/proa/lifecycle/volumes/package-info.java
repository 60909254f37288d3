/** Volumes: folders with a name, that outlive containers. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.volumes;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
