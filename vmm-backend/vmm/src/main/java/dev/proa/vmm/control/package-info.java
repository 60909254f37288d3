/**
 * What the backend and a VMM process say to each other: the microVM's configuration, commands and events, over one {@code SOCK_SEQPACKET} socket that
 * the process inherits. Descriptors travel beside the bytes (SCM_RIGHTS): a VMM opens no path of the host.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.vmm.control;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
