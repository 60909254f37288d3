/** Published ports: what was asked for, and the sockets that hold them on the host. */
@NullMarked
package dev.proa.lifecycle.internal.ports;

import org.jspecify.annotations.NullMarked;
