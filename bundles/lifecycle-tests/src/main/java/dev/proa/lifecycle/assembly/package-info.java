/** The core and its real drivers, put together by constructors. */
@NullMarked
package dev.proa.lifecycle.assembly;

import org.jspecify.annotations.NullMarked;
