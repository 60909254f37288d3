/** Standard streams over a connection: frames, hijacked connections, progress messages. */
@NullMarked
package dev.proa.api.streams;

import org.jspecify.annotations.NullMarked;
