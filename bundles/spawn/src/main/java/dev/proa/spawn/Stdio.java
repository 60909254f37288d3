package dev.proa.spawn;

/**
 * What the shim puts into the slots {@link SpawnPlan#STDIN}, {@link SpawnPlan#STDOUT} and {@link SpawnPlan#STDERR}, as far as the plan declares
 * them.
 */
public enum Stdio {
  /** /dev/null three times. */
  NONE,
  /** Standard input is /dev/null, the others are pipes of 1 MiB. */
  OUTPUT,
  /** Three pipes of 1 MiB; the shim keeps the write end of standard input until {@link Shim#closeStdin}. */
  PIPES,
  /** The plan opens a pty of its own and sends the master over {@link SpawnPlan#PTY}; the three slots are /dev/null. */
  PTY
}
