/** Which addresses networks and endpoints get. */
@NullMarked
package dev.proa.lifecycle.internal.ipam;

import org.jspecify.annotations.NullMarked;
