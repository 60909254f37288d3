/**
 * Network driver {@code bridge}: a Linux bridge for each network, a veth pair for each endpoint, masquerading, published ports and the separation
 * of networks by one nftables table. All of it by netlink.
 */
@NullMarked
package dev.proa.network.bridge;

import org.jspecify.annotations.NullMarked;
