/** What is known to be wrong: advisories in OSV's format, kept in a database of our own. */
@NullMarked
package dev.proa.scan.advisory;

import org.jspecify.annotations.NullMarked;
