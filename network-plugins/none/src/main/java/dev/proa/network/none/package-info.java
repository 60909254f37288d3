/** Network driver {@code null}: A network namespace of its own with nothing in it but the loopback, which the isolation backend brings up. */
@NullMarked
package dev.proa.network.none;

import org.jspecify.annotations.NullMarked;
