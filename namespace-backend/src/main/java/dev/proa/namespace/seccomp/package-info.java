/** seccomp filters: from the runtime specification's names to the kernel's classic BPF. */
@NullMarked
package dev.proa.namespace.seccomp;

import org.jspecify.annotations.NullMarked;
