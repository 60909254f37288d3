/** Layers made of files that are copied: {@code COPY}, {@code ADD}, {@code WORKDIR}. */
@NullMarked
package dev.proa.builder.internal.layer;

import org.jspecify.annotations.NullMarked;
