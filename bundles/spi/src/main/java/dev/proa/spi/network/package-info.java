/** Network: networks and the attachment of containers to them. Shaped after CNI's ADD, DEL and CHECK and Docker's drivers. */
@Export
@Version("2.1.0")
@NullMarked
package dev.proa.spi.network;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
