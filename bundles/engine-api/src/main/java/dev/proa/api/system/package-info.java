/** The resource system: ping, version, info, disk usage, authentication. */
@NullMarked
package dev.proa.api.system;

import org.jspecify.annotations.NullMarked;
