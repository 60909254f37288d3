package dev.proa.lifecycle.containers;

import java.time.Instant;

/**
 * What a path of a container is: the header {@code X-Docker-Container-Path-Stat}, in JSON.
 *
 * @param name the path's last component
 * @param size in bytes
 * @param mode as Go's os.FileMode has it, an unsigned 32 bit number: permissions below, the type above
 * @param mtime when its content was changed
 * @param linkTarget absolute in the container, as far as it can be followed; empty if the path is no symbolic link
 */
public record PathStat(String name, long size, long mode, Instant mtime, String linkTarget) {}
