/** Daemons by name, in the folder where the docker command keeps them too. */
@NullMarked
package dev.proa.cli.context;

import org.jspecify.annotations.NullMarked;
