/** The content store: blobs by digest, and who protects them from collection. */
@NullMarked
package dev.proa.images.internal.content;

import org.jspecify.annotations.NullMarked;
