/** Registry authentication: who we are to a registry, how a challenge is answered, which certificates count. */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spi.registry;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
