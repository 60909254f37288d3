/** Image verification: signatures as cosign makes them, by a policy. */
@NullMarked
package dev.proa.registry.cosign;

import org.jspecify.annotations.NullMarked;
