/** What a build copies from: contexts, trees of files, and the patterns that choose in them. */
@NullMarked
package dev.proa.builder.internal.context;

import org.jspecify.annotations.NullMarked;
