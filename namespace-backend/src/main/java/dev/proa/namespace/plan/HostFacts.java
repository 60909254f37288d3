package dev.proa.namespace.plan;

/**
 * What a plan has to know about the host. Read once.
 *
 * @param kernelMajor of uname(2)'s release
 * @param noFileHard the hard limit of open files that processes of the shim have
 * @param permittedCapabilities those that processes of the shim have, as bits
 * @param lastCapability number of the last capability of the kernel
 * @param apparmor whether the kernel has AppArmor switched on
 */
public record HostFacts(int kernelMajor, int kernelMinor, long noFileHard, long permittedCapabilities, int lastCapability, boolean apparmor) {

  /** Whether the kernel is that version or a later one. */
  public boolean kernelIs(int major, int minor) {
    return kernelMajor != major ? kernelMajor > major : kernelMinor >= minor;
  }
}
