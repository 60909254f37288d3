/** The implementation of {@link dev.proa.images.Images}. */
@NullMarked
package dev.proa.images.internal;

import org.jspecify.annotations.NullMarked;
