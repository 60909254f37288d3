/** Settings that can be changed while the daemon works. */
@NullMarked
package dev.proa.api.settings;

import org.jspecify.annotations.NullMarked;
