/**
 * Control groups of tasks: v1, v2 and hosts with both, chosen per controller by what the host has. {@link
 * dev.proa.namespace.cgroup.CgroupLayout} says what there is, {@link dev.proa.namespace.cgroup.TaskCgroup} is one task's groups, and
 * each controller has one class for each version.
 */
@NullMarked
package dev.proa.namespace.cgroup;

import org.jspecify.annotations.NullMarked;
