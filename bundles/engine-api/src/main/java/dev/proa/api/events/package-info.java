/** The resource events. */
@NullMarked
package dev.proa.api.events;

import org.jspecify.annotations.NullMarked;
