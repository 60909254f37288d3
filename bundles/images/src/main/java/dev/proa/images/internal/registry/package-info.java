/** The registry protocol: OCI distribution 1.1 over the JDK's HTTP client. */
@NullMarked
package dev.proa.images.internal.registry;

import org.jspecify.annotations.NullMarked;
