/** From blob to layer: decompression, verification, the storage driver. */
@NullMarked
package dev.proa.images.internal.layer;

import org.jspecify.annotations.NullMarked;
