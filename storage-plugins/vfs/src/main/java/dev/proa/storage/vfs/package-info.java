/** Storage driver {@code vfs}: each layer and each root a whole copy of what it is made of; for hosts without overlayfs. */
@NullMarked
package dev.proa.storage.vfs;

import org.jspecify.annotations.NullMarked;
