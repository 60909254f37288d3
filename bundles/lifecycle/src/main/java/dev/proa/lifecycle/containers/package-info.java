/** Containers and the processes in them: what the API asks for, and the Docker Engine API's documents about them. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.containers;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
