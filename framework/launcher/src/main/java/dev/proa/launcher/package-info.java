/** {@code proad}: reads the settings, embeds the OSGi framework, starts the bundles, stops them in order. */
@NullMarked
package dev.proa.launcher;

import org.jspecify.annotations.NullMarked;
