/** BuildKit's wire protocol: what buildx, Compose and {@code docker build} of today speak to an engine. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.buildkit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
