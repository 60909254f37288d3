/** Archives: load, import and save. */
@NullMarked
package dev.proa.images.internal.archive;

import org.jspecify.annotations.NullMarked;
