/**
 * Spawn plans: the system calls between clone and execve as data, compiled into a tiny static ELF image that the shim starts. See
 * {@link dev.proa.spawn.SpawnPlan}, {@link dev.proa.spawn.PlanImage} and {@link dev.proa.spawn.Shim}.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.spawn;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
