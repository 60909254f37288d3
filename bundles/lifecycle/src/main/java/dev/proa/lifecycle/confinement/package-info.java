/** What a container is confined to when nobody asks for anything else: Docker's defaults as data, and functions that vary them. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.confinement;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
