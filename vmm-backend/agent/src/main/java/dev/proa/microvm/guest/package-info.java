/** What a guest boots from: a distribution's stock kernel, the modules it needs, and an initramfs of those and the agent. */
@NullMarked
package dev.proa.microvm.guest;

import org.jspecify.annotations.NullMarked;
