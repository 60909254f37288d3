package dev.proa.spi.isolation;

/**
 * The engine's ends of a process's streams: descriptor numbers of this process, close-on-exec, owned by the receiver; −1 where there is
 * none. With a terminal, {@code stdin} and {@code stdout} are the pseudo terminal's master (two descriptors of it) and {@code stderr}
 * is −1.
 */
public record TaskStreams(int stdin, int stdout, int stderr, boolean terminal) {}
