/** The name service at 127.0.0.11 of containers on networks of their own. */
@NullMarked
package dev.proa.lifecycle.internal.dns;

import org.jspecify.annotations.NullMarked;
