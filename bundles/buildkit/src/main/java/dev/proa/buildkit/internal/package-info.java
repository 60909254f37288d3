/** The protocol's services. */
@NullMarked
package dev.proa.buildkit.internal;

import org.jspecify.annotations.NullMarked;
