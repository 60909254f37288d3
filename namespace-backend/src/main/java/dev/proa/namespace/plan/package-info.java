/**
 * From the OCI runtime specification to a spawn plan: pure functions of the specification and of facts about the host. {@link
 * dev.proa.namespace.plan.TaskPlanner} lists the parts of a start in order, {@link dev.proa.namespace.plan.ExecPlanner} those of an exec.
 *
 * <p>The rule of all parts: below a root that somebody else filled there is no path string that the kernel follows by itself. Destinations are
 * descriptors that openat2 resolved inside the root, mounts are moved onto descriptors, and kernel file systems are reached through descriptors
 * of mounts that the plan itself made.
 */
@NullMarked
package dev.proa.namespace.plan;

import org.jspecify.annotations.NullMarked;
