package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;

import dev.proa.linux.abi.Capability;
import dev.proa.linux.abi.Prctl;
import dev.proa.linux.abi.Syscall;
import dev.proa.namespace.seccomp.SeccompFilter;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who the process is and what it may do, by raw calls of the one thread: from here on nothing privileged is possible any more. */
final class IdentitySteps {
  /** By name; the numbers are those of linux/capability.h, in which order they stand here. */
  private static final Map<String, Integer> CAPABILITIES = capabilities();

  /** SECCOMP_SET_MODE_FILTER (linux/seccomp.h). */
  private static final int SET_MODE_FILTER = 1;

  private final Steps steps;
  private final HostFacts host;

  IdentitySteps(Steps steps, HostFacts host) {
    this.steps = steps;
    this.host = host;
  }

  /** Groups, ids and the bounding set. The capabilities that the steps after it need stay until {@link #confine}. */
  void become(Spec.Process process) {
    Spec.User user = process.user();
    List<Integer> groups = user.additionalGids();
    ByteBuffer list = ByteBuffer.allocate(Math.max(1, groups.size()) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    groups.forEach(list::putInt);
    // Always, also with none: the shim's own groups must not stay.
    steps.call("supplementary groups", Syscall.SETGROUPS, number(groups.size()), steps.plan().buffer("groups " + groups, list.array()));
    Arg gid = id(user.gid());
    steps.call("group id", Syscall.SETRESGID, gid, gid, gid);
    long bounding = mask(process.capabilities().bounding());
    for (int capability = 0; capability <= host.lastCapability(); capability++) {
      if ((bounding & 1L << capability) == 0) {
        steps.prctl("bounding set", "PR_CAPBSET_DROP", Prctl.PR_CAPBSET_DROP, capability);
      }
    }
    if (user.uid() != 0) {
      // Otherwise changing the id would drop all that is permitted, also what the process is to keep. execve resets it.
      steps.prctl("keep capabilities", "PR_SET_KEEPCAPS", Prctl.PR_SET_KEEPCAPS, 1);
    }
    Arg uid = id(user.uid());
    steps.call("user id", Syscall.SETRESUID, uid, uid, uid);
    if (user.uid() != 0) {
      // What the last steps need, again effective: to install a filter and to set the final capabilities.
      capset("capabilities of the last steps", allOf(host), allOf(host), mask(process.capabilities().inheritable()));
      // The change of id made it whatever fs.suid_dumpable says.
      steps.prctl("not dumpable", "PR_SET_DUMPABLE", Prctl.PR_SET_DUMPABLE, 0);
    }
  }

  /**
   * The filter and the final capabilities. Without no_new_privs a filter takes CAP_SYS_ADMIN, so it comes first; with it nothing has to be left
   * over for it, and so it comes last. What follows has to pass the filter: capset, prctl, write and execve.
   */
  void confine(Spec.Process process, @Nullable SeccompFilter filter) {
    if (process.noNewPrivileges()) {
      steps.prctl("no new privileges", "PR_SET_NO_NEW_PRIVS", Prctl.PR_SET_NO_NEW_PRIVS, 1);
      capabilities(process);
      seccomp(filter);
    } else {
      seccomp(filter);
      capabilities(process);
    }
  }

  /** All that this process may have. */
  void allEffective(String name) {
    capset(name, allOf(host), allOf(host), 0);
  }

  private void capabilities(Spec.Process process) {
    Spec.Capabilities wanted = process.capabilities();
    capset("capabilities", mask(wanted.effective()), mask(wanted.permitted()), mask(wanted.inheritable()));
    for (String name : wanted.ambient()) {
      steps.call(
          "ambient capability " + name,
          Syscall.PRCTL,
          flags("PR_CAP_AMBIENT", Prctl.PR_CAP_AMBIENT),
          flags("PR_CAP_AMBIENT_RAISE", Prctl.PR_CAP_AMBIENT_RAISE),
          flags(name, number(name)),
          number(0),
          number(0));
    }
  }

  private void seccomp(@Nullable SeccompFilter filter) {
    if (filter == null) {
      return;
    }
    // struct sock_fprog: a 16-bit length, then, aligned, a pointer.
    Arg.Buffer program = steps.plan().buffer("sock_filter[" + filter.length() + "]", filter.program());
    Arg.Buffer header = steps.plan().words("sock_fprog", number(filter.length()), program);
    steps.call(
        "seccomp filter",
        Syscall.SECCOMP,
        flags("SECCOMP_SET_MODE_FILTER", SET_MODE_FILTER),
        number(filter.flags()),
        header);
  }

  /** capset(2), version 3: two of {@code effective, permitted, inheritable} in 32 bits, the low halves first. */
  private void capset(String name, long effective, long permitted, long inheritable) {
    ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(Capability._LINUX_CAPABILITY_VERSION_3).putInt(0);
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt((int) effective).putInt((int) permitted).putInt((int) inheritable);
    data.putInt((int) (effective >>> 32)).putInt((int) (permitted >>> 32)).putInt((int) (inheritable >>> 32));
    String shown =
        "effective " + Long.toHexString(effective) + " permitted " + Long.toHexString(permitted) + " inheritable " + Long.toHexString(inheritable);
    steps.call(name, Syscall.CAPSET, steps.plan().buffer("header", header.array()), steps.plan().buffer(shown, data.array()));
  }

  private static long allOf(HostFacts host) {
    return host.permittedCapabilities();
  }

  static long mask(List<String> names) {
    long mask = 0;
    for (String name : names) {
      mask |= 1L << number(name);
    }
    return mask;
  }

  private static int number(String name) {
    Integer number = CAPABILITIES.get(name);
    if (number == null) {
      throw ProaException.invalid("process.capabilities: \"" + name + "\" is no capability");
    }
    return number;
  }

  private static Arg number(long value) {
    return Arg.number(value);
  }

  private static Arg id(int id) {
    return number(Integer.toUnsignedLong(id));
  }

  private static Map<String, Integer> capabilities() {
    Map<String, Integer> numbers = new HashMap<>();
    CapabilityNames.ALL.forEach(name -> numbers.put(name, numbers.size()));
    return Map.copyOf(numbers);
  }
}
