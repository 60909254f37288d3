/** What was built before. */
@NullMarked
package dev.proa.builder.internal.cache;

import org.jspecify.annotations.NullMarked;
