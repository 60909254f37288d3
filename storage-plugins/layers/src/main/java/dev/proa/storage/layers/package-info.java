/**
 * What the storage drivers have in common: the catalogue of snapshots, what the members of a layer's tar stream mean, differences. Compiled into
 * each driver's bundle (bnd's {@code -conditionalpackage}), so that one driver can be replaced without the others.
 */
@NullMarked
package dev.proa.storage.layers;

import org.jspecify.annotations.NullMarked;
