/** The resource exec. */
@NullMarked
package dev.proa.api.exec;

import org.jspecify.annotations.NullMarked;
