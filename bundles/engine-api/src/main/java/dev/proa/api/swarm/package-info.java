/** Swarm mode, which is not part of this engine: what clients are told. */
@NullMarked
package dev.proa.api.swarm;

import org.jspecify.annotations.NullMarked;
