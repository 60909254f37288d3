/** Registry authentication: name and password (RFC 7617). */
@NullMarked
package dev.proa.registry.basic;

import org.jspecify.annotations.NullMarked;
