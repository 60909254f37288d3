/** Files in registries that are no images. */
@NullMarked
package dev.proa.images.internal.artifact;

import org.jspecify.annotations.NullMarked;
