/** What the event loops of all of the daemon's sockets have in common. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.lifecycle.loops;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
