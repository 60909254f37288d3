package dev.proa.lifecycle.confinement;

import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A profile in Docker's sense: rules that hold only on some architectures, kernels, or with some capabilities. {@link #resolve} makes it
 * the plain filter of the runtime specification.
 *
 * @param subArchitectures by native architecture ({@code SCMP_ARCH_X86_64}), those whose calls the same kernel also takes
 * @param architectures given flatly instead; empty if {@code subArchitectures} is used
 */
record SeccompProfile(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    Map<String, List<String>> subArchitectures,
    List<String> flags,
    List<Rule> rules) {

  /** One rule; it holds if all of {@code includes} does and nothing of {@code excludes}. */
  record Rule(
      List<String> names, String action, @Nullable Integer errnoRet, List<Spec.SeccompArg> args, Condition includes, Condition excludes) {

    boolean holds(Collection<String> capabilities, KernelVersion kernel, Platform platform) {
      if (!includes.caps().isEmpty() && !capabilities.containsAll(includes.caps())) {
        return false;
      }
      if (!includes.arches().isEmpty() && !includes.arches().contains(platform.docker())) {
        return false;
      }
      if (includes.minKernel() != null && kernel.compareTo(includes.minKernel()) < 0) {
        return false;
      }
      return excludes.caps().stream().noneMatch(capabilities::contains)
          && !excludes.arches().contains(platform.docker())
          && (excludes.minKernel() == null || kernel.compareTo(excludes.minKernel()) < 0);
    }
  }

  /** Empty sets and null say nothing. */
  record Condition(Set<String> caps, Set<String> arches, @Nullable KernelVersion minKernel) {
    static final Condition NONE = new Condition(Set.of(), Set.of(), null);

    static Condition caps(String... names) {
      return new Condition(Set.of(names), Set.of(), null);
    }

    static Condition arches(String... names) {
      return new Condition(Set.of(), Set.of(names), null);
    }
  }

  /** A machine's name in profiles ({@code amd64}) and in libseccomp. */
  record Platform(String docker, String seccomp) {
    static Platform ofJava(String osArch) {
      return switch (osArch) {
        case "amd64", "x86_64" -> new Platform("amd64", "SCMP_ARCH_X86_64");
        case "aarch64" -> new Platform("arm64", "SCMP_ARCH_AARCH64");
        case "riscv64" -> new Platform("riscv64", "SCMP_ARCH_RISCV64");
        default -> throw ProaException.notImplemented("seccomp profiles for the architecture " + osArch);
      };
    }
  }

  /** The filter for a process whose bounding set is {@code capabilities}. */
  Spec.Seccomp resolve(Collection<String> capabilities, KernelVersion kernel, Platform platform) {
    List<String> arches = new ArrayList<>(architectures);
    List<String> subs = subArchitectures.get(platform.seccomp());
    if (subs != null) {
      arches.add(platform.seccomp());
      arches.addAll(subs);
    }
    List<Spec.SeccompSyscall> calls = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.holds(capabilities, kernel, platform)) {
        calls.add(new Spec.SeccompSyscall(rule.names(), rule.action(), rule.errnoRet(), rule.args()));
      }
    }
    return new Spec.Seccomp(defaultAction, defaultErrnoRet, arches, flags, calls);
  }
}
