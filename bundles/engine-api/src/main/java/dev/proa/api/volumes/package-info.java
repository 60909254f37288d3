/** The resource volumes. */
@NullMarked
package dev.proa.api.volumes;

import org.jspecify.annotations.NullMarked;
