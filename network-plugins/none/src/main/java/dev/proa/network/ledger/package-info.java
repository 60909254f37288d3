/** The bookkeeping of network drivers that have nothing to build; copied into each such bundle by bnd's {@code -conditionalpackage}. */
@NullMarked
package dev.proa.network.ledger;

import org.jspecify.annotations.NullMarked;
