/**
 * Netlink from Java: messages and attributes, a socket, and on top of it links, addresses, routes (rtnetlink) and nftables transactions. No
 * process is run for any of it.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.proa.linux.netlink;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
