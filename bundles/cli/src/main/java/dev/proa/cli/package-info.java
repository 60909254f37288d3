/** The {@code proa} command: the engine's verbs over its socket, with docker's flags and output. */
@NullMarked
package dev.proa.cli;

import org.jspecify.annotations.NullMarked;
