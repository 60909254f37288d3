/** The plugin: its resource, its settings. */
@NullMarked
package dev.proa.scan.component;

import org.jspecify.annotations.NullMarked;
