/** Putting images into registries. */
@NullMarked
package dev.proa.images.internal.push;

import org.jspecify.annotations.NullMarked;
