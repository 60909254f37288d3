package dev.proa.linux;

/** {@code struct ucred} of linux/socket.h: who is at the other end of a Unix socket. */
public record Credentials(int pid, int uid, int gid) {}
