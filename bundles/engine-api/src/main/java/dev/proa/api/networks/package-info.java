/** The resource networks. */
@NullMarked
package dev.proa.api.networks;

import org.jspecify.annotations.NullMarked;
