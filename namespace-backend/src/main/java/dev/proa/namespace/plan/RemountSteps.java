package dev.proa.namespace.plan;

import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;

/**
 * Entries of the specification's mounts with the option {@code remount}: what is mounted at the destination already gets other options. Those that are not
 * named stay as they are. A file system's own parameters change only if the container made the file system: any other is the host's as well.
 */
final class RemountSteps {
  private RemountSteps() {}

  static void append(Steps steps, Tree tree, String path, MountOptions options) {
    String name = "remount " + path;
    Arg own = tree.madeHere(path);
    Arg target =
        own != null
            ? own
            : path.equals("/") ? tree.root() : steps.openat2(name, tree.root(), path.substring(1), Steps.O_PATH_DIRECTORY, Steps.IN_ROOT).result();
    if (!options.parameters().isEmpty() && !options.bind()) {
      if (own == null || tree.isForeign(path)) {
        throw ProaException.invalid(
            "mount " + path + ": " + String.join(",", options.parameters()) + " would change a file system that is not the container's alone");
      }
      reconfigure(steps, name, own, options);
    }
    if (options.recursiveSet() != 0 || options.recursiveClear() != 0) {
      steps.mountSetattr(name, target, true, options.recursiveSet(), options.recursiveClear(), 0);
    }
    boolean recursively = options.recursivePropagation() && options.propagation() != 0;
    if (recursively) {
      steps.mountSetattr(name, target, true, 0, 0, options.propagation());
    }
    if (options.set() != 0 || options.clear() != 0 || options.propagation() != 0 && !recursively) {
      steps.mountSetattr(name, target, false, options.set(), options.clear(), recursively ? 0 : options.propagation());
    }
  }

  private static void reconfigure(Steps steps, String name, Arg mount, MountOptions options) {
    Arg context =
        steps
            .call(
                name,
                Syscall.FSPICK,
                mount,
                Steps.EMPTY,
                Arg.flags("FSPICK_CLOEXEC|FSPICK_EMPTY_PATH", Mount.FSPICK_CLOEXEC | Mount.FSPICK_EMPTY_PATH))
            .result();
    steps.fsconfigParameters(name, context, options.parameters());
    steps.call(
        name,
        Syscall.FSCONFIG,
        context,
        Arg.flags("FSCONFIG_CMD_RECONFIGURE", Mount.FSCONFIG_CMD_RECONFIGURE),
        Arg.none(),
        Arg.none(),
        Arg.number(0));
  }
}
