/** The agent that runs in a microVM's guest, and how the host talks with it. docs/microvm.md has the protocol. */
@NullMarked
package dev.proa.microvm.agent;

import org.jspecify.annotations.NullMarked;
