/** The resource distribution: what registries hold. */
@NullMarked
package dev.proa.api.distribution;

import org.jspecify.annotations.NullMarked;
