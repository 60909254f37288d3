/** How versions compare, ecosystem by ecosystem. */
@NullMarked
package dev.proa.scan.version;

import org.jspecify.annotations.NullMarked;
