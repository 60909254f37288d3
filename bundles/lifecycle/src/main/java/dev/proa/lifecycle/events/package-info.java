/** What happened, as it happens: the Docker Engine API's events. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.events;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
