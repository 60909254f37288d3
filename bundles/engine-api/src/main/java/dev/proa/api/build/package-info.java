/** The resources build, session and commit. */
@NullMarked
package dev.proa.api.build;

import org.jspecify.annotations.NullMarked;
