/** Network driver {@code host}: The host's own network namespace: a container on it shares the host's interfaces and ports. */
@NullMarked
package dev.proa.network.host;

import org.jspecify.annotations.NullMarked;
