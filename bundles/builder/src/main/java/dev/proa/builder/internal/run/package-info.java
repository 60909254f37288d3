/** Commands of {@code RUN}, in containers. */
@NullMarked
package dev.proa.builder.internal.run;

import org.jspecify.annotations.NullMarked;
