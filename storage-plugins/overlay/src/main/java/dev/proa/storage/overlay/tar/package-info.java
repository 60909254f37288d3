/**
 * The tar format of image layers (image-spec layer.md: POSIX.1-2001 pax, ustar, GNU), read and written byte for byte. A general library will
 * not do here: names and extended attributes are bytes and not text, checksums have to be verified, and a hostile header must not fill memory.
 */
@NullMarked
package dev.proa.storage.overlay.tar;

import org.jspecify.annotations.NullMarked;
