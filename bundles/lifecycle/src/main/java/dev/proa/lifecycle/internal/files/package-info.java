/** A container's files for the engine's own hands: found, read into tar streams, written out of them, never outside the container's root. */
@NullMarked
package dev.proa.lifecycle.internal.files;

import org.jspecify.annotations.NullMarked;
