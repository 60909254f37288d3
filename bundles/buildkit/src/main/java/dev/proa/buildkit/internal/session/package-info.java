/** What a client offers while it builds: its files, secrets, keys, logins, and a place for the result. */
@NullMarked
package dev.proa.buildkit.internal.session;

import org.jspecify.annotations.NullMarked;
