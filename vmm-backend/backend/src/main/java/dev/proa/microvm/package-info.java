/** The second hull: tasks in KVM microVMs. One VMM process a task; in its guest the agent runs the same plans as the host would. */
@NullMarked
package dev.proa.microvm;

import org.jspecify.annotations.NullMarked;
