/** Which advisories concern which packages. */
@NullMarked
package dev.proa.scan.match;

import org.jspecify.annotations.NullMarked;
