/** The resource plugins. */
@NullMarked
package dev.proa.api.plugins;

import org.jspecify.annotations.NullMarked;
