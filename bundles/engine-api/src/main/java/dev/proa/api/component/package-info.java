/** Wires the API into the framework. */
@NullMarked
package dev.proa.api.component;

import org.jspecify.annotations.NullMarked;
