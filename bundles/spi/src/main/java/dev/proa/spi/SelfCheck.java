package dev.proa.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A driver that can say whether it works, by doing on a small scale what it is for. Asked once after it was opened and before its first lease, in the
 * probation JVM and in the daemon; an update whose check fails does not happen.
 */
@ConsumerType
public interface SelfCheck {
  /**
   * Should take less than a second, and leaves nothing behind.
   *
   * @throws ProaException {@code FAILED_PRECONDITION} if this host lacks something; anything else is a failure
   */
  void selfCheck();
}
