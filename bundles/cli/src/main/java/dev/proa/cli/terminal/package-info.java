/** The terminal: raw mode, its size, signals. */
@NullMarked
package dev.proa.cli.terminal;

import org.jspecify.annotations.NullMarked;
