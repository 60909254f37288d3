/** {@code proa compose}: projects of the Compose specification on one engine, with the labels by which Docker's own Compose knows them. */
@NullMarked
package dev.proa.cli.compose;

import org.jspecify.annotations.NullMarked;
