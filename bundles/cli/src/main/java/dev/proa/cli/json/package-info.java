/** JSON, as little of it as the command needs: start-up time is what a command line is judged by. */
@NullMarked
package dev.proa.cli.json;

import org.jspecify.annotations.NullMarked;
