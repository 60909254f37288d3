/** The resource images. */
@NullMarked
package dev.proa.api.images;

import org.jspecify.annotations.NullMarked;
