/** What is left for a VMM to do once a guest may run: "vCPU threads are considered to be running malicious code as soon as they start". */
@NullMarked
package dev.proa.vmm.jail;

import org.jspecify.annotations.NullMarked;
