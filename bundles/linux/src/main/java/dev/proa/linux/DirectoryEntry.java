package dev.proa.linux;

/**
 * One entry of a directory, {@code .} and {@code ..} left out.
 *
 * @param type DT_* of dirent.h, which is S_IF* shifted right by 12; 0 when the file system does not say
 * @param next where lseek(2) must go for the entry behind this one
 */
public record DirectoryEntry(String name, long ino, int type, long next) {}
