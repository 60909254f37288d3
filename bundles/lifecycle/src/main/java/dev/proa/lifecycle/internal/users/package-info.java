/** User namespaces as the daemon's settings ask for them. */
@NullMarked
package dev.proa.lifecycle.internal.users;

import org.jspecify.annotations.NullMarked;
