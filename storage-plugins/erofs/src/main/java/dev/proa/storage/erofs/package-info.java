/** Storage driver {@code erofs}: one EROFS image a layer, written straight from its tar stream and mounted once for all containers. */
@NullMarked
package dev.proa.storage.erofs;

import org.jspecify.annotations.NullMarked;
