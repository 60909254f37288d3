/**
 * Linux system calls, thin: one method a call, C names, the errno captured in the same downcall. Descriptors are {@link dev.proa.linux.Fd}
 * handles; no raw number lives above this package.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.linux;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
