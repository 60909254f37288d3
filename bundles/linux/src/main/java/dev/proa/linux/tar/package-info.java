/**
 * The tar format of image layers and of files on their way into and out of containers (image-spec layer.md: POSIX.1-2001 pax, ustar, GNU), read
 * and written byte for byte. A general library will not do here: names and extended attributes are bytes and not text, checksums have to be
 * verified, and a hostile header must not fill memory.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.linux.tar;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
