/** Resources that plugins bring. */
@NullMarked
package dev.proa.api.extensions;

import org.jspecify.annotations.NullMarked;
