/** Storage: layers and container roots. Shaped after containerd's Snapshotter, with the applier and the differ in it. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.storage;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
