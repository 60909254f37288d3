/** Storage driver {@code overlay}: one directory a layer, put together by overlayfs when a container starts. */
@NullMarked
package dev.proa.storage.overlay;

import org.jspecify.annotations.NullMarked;
