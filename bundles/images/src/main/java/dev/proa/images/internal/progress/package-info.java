/** Progress messages on their way to a client. */
@NullMarked
package dev.proa.images.internal.progress;

import org.jspecify.annotations.NullMarked;
