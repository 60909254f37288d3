/** Pulling: manifests, shared downloads, layers applied while they come. */
@NullMarked
package dev.proa.images.internal.pull;

import org.jspecify.annotations.NullMarked;
