/** The verbs. */
@NullMarked
package dev.proa.cli.command;

import org.jspecify.annotations.NullMarked;
