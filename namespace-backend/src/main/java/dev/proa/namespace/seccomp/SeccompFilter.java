package dev.proa.namespace.seccomp;

/**
 * A filter as seccomp(2) takes it.
 *
 * @param program an array of {@code struct sock_filter} (linux/filter.h), 8 bytes each, in this machine's byte order; not to be changed
 * @param flags {@code SECCOMP_FILTER_FLAG_*}
 */
public record SeccompFilter(byte[] program, int flags) {
  /** {@code sizeof(struct sock_filter)}. */
  public static final int INSTRUCTION_BYTES = 8;

  public int length() {
    return program.length / INSTRUCTION_BYTES;
  }
}
