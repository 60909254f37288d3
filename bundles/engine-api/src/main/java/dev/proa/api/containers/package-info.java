/** The resource containers. */
@NullMarked
package dev.proa.api.containers;

import org.jspecify.annotations.NullMarked;
