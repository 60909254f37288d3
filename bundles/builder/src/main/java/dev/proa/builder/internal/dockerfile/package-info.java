/** Dockerfiles, read: lines, directives, here-documents, flags, stages. Knows nothing of images. */
@NullMarked
package dev.proa.builder.internal.dockerfile;

import org.jspecify.annotations.NullMarked;
