/** The builder: graph, steps, cache. */
@NullMarked
package dev.proa.builder.internal;

import org.jspecify.annotations.NullMarked;
