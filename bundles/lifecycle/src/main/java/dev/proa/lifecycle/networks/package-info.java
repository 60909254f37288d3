/** Networks and the endpoints by which containers are attached to them. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.networks;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
