package dev.proa.microvm;

/**
 * A guest on its way up.
 *
 * @param network what its cards are on
 * @param snapshot the name of the snapshot that there is, or could be, of such a guest; empty where there is none to be had
 * @param restored whether it goes on from that snapshot, so that its clock stands and its random numbers are those of others
 */
record GuestBoot(GuestNetwork network, String snapshot, boolean restored) {}
