/** Registry authentication: certificates of certs.d folders, for servers and for ourselves. */
@NullMarked
package dev.proa.registry.certificate;

import org.jspecify.annotations.NullMarked;
