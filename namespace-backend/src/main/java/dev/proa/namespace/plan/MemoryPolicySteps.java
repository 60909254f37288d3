package dev.proa.namespace.plan;

import static dev.proa.spawn.Arg.flags;
import static dev.proa.spawn.Arg.number;

import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.oci.Spec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** On which memory nodes a container's pages lie (config-linux.md, "Memory policy"). */
public final class MemoryPolicySteps {
  /** linux/mempolicy.h, in its order. */
  private static final List<String> MODES =
      List.of("MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE");

  private static final Map<String, Integer> FLAGS =
      Map.of("MPOL_F_STATIC_NODES", 1 << 15, "MPOL_F_RELATIVE_NODES", 1 << 14, "MPOL_F_NUMA_BALANCING", 1 << 13);

  private MemoryPolicySteps() {}

  public static List<String> modes() {
    return MODES;
  }

  public static List<String> flagNames() {
    return List.copyOf(FLAGS.keySet());
  }

  static void append(Steps steps, Spec.@Nullable MemoryPolicy policy) {
    if (policy == null) {
      return;
    }
    int mode = MODES.indexOf(policy.mode());
    if (mode < 0) {
      throw ProaException.invalid("linux.memoryPolicy: \"" + policy.mode() + "\" is no mode");
    }
    long all = mode;
    for (String name : policy.flags()) {
      Integer flag = FLAGS.get(name);
      if (flag == null) {
        throw ProaException.invalid("linux.memoryPolicy: \"" + name + "\" is no flag");
      }
      all |= flag;
    }
    String list = policy.nodes();
    Arg nodes = Arg.none();
    long bits = 0;
    if (list != null && !list.isEmpty()) {
      byte[] mask = BitList.parse("linux.memoryPolicy", list);
      nodes = steps.plan().buffer("nodemask", mask);
      bits = mask.length * 8L + 1; // the kernel counts one less (mm/mempolicy.c, get_nodes)
    }
    steps.call("memory policy", Syscall.SET_MEMPOLICY, flags(policy.mode(), all), nodes, number(bits));
  }
}
