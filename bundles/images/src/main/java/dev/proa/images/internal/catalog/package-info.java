/** Which images there are and what they are called. */
@NullMarked
package dev.proa.images.internal.catalog;

import org.jspecify.annotations.NullMarked;
