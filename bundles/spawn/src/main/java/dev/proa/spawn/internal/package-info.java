/** What the shim and its client share and nobody else sees: machine code, the stub, the protocol. */
@NullMarked
package dev.proa.spawn.internal;

import org.jspecify.annotations.NullMarked;
