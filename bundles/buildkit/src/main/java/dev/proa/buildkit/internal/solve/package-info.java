/** Builds that clients ask for, from the request to what they are shown. */
@NullMarked
package dev.proa.buildkit.internal.solve;

import org.jspecify.annotations.NullMarked;
