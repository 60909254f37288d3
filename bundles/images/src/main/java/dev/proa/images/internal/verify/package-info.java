/** Image verification: asks the verifiers before an image is pulled or used. */
@NullMarked
package dev.proa.images.internal.verify;

import org.jspecify.annotations.NullMarked;
