package dev.proa.namespace.plan;

import static dev.proa.namespace.plan.Steps.AT_FDCWD;
import static dev.proa.namespace.plan.Steps.O_PATH_DIRECTORY;

import dev.proa.linux.Errno;
import dev.proa.linux.abi.Mount;
import dev.proa.linux.abi.Syscall;
import dev.proa.spawn.Arg;
import dev.proa.spi.ProaException;
import dev.proa.spi.isolation.TaskSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The root from the storage driver's mounts, or from the bundle's folder, made in the container's own mount namespace only. */
final class RootSteps {
  private static final String NAME = "mount the root";

  /** mount(2) takes one page of options, with its NUL. */
  private static final int MAX_CLASSIC_OPTIONS = 4095;

  private static final int MAX_VALUE = 255;

  private final Steps steps;
  private final HostFacts host;
  private final @Nullable IdMap users;
  private final UserNamespaceSteps namespace;

  /** @param users of the container's user namespace, null in the host's */
  RootSteps(Steps steps, HostFacts host, @Nullable IdMap users) {
    this.steps = steps;
    this.host = host;
    this.users = users;
    this.namespace = new UserNamespaceSteps(steps, host);
  }

  /**
   * Mounts the root.
   *
   * @param attachment a folder of the daemon's own where it is attached until pivot_root
   */
  Tree mount(TaskSpec task, String attachment) {
    dev.proa.spi.Mount first = first(task);
    if (isClassic(first)) {
      return new Tree(steps, classic(first, attachment));
    }
    Arg root = detached(task);
    steps.moveMount(NAME, root, AT_FDCWD, attachment);
    return new Tree(steps, root);
  }

  /**
   * The root, attached nowhere, with the ids of the container's user namespace where it comes from a storage driver. A bundle's own folder stays as it
   * is: whoever made it saw to its owners (config.md "Root").
   *
   * @param attachment a folder of the daemon's own
   */
  Arg prepare(TaskSpec task, String attachment) {
    dev.proa.spi.Mount first = first(task);
    IdMap map = users;
    boolean overlay = first.type().equals("overlay");
    if (map == null || task.rootfs().isEmpty()) {
      return isClassic(first) ? steps.cloneTree(NAME, classic(first, attachment), false).result() : detached(task);
    }
    if (!overlay) {
      Arg root = detached(task);
      namespace.idmap(NAME, root, namespace.descriptor(), true);
      return root;
    }
    namespace.coverLayers(lower(first), own(first));
    Arg[] root = new Arg[1];
    namespace.asContainersRoot(
        map, () -> root[0] = isClassic(first) ? steps.cloneTree(NAME, classic(first, attachment), false).result() : detached(task));
    return root[0];
  }

  private Arg detached(TaskSpec task) {
    dev.proa.spi.Mount first = first(task);
    return switch (first.type()) {
      case "bind" -> bind(first);
      case "overlay" -> overlay(first);
      default -> fileSystem(first);
    };
  }

  private boolean isClassic(dev.proa.spi.Mount mount) {
    return mount.type().equals("overlay") && needsClassic(mount);
  }

  /** The layers that an overlay lies on. */
  private static List<String> lower(dev.proa.spi.Mount overlay) {
    List<String> folders = new ArrayList<>();
    for (String option : overlay.options()) {
      int equals = option.indexOf('=');
      switch (equals < 0 ? option : option.substring(0, equals)) {
        case "lowerdir" -> folders.addAll(layers(option.substring(equals + 1)));
        case "lowerdir+", "datadir+" -> folders.add(option.substring(equals + 1));
        default -> {}
      }
    }
    return folders;
  }

  /** The folders that an overlay writes to. */
  private static List<String> own(dev.proa.spi.Mount overlay) {
    return overlay.options().stream()
        .filter(option -> option.startsWith("upperdir=") || option.startsWith("workdir="))
        .map(option -> option.substring(option.indexOf('=') + 1))
        .toList();
  }

  /** The mounts that come below the root. */
  static List<dev.proa.spi.Mount> rest(TaskSpec task) {
    return task.rootfs().size() < 2 ? List.of() : task.rootfs().subList(1, task.rootfs().size());
  }

  private static dev.proa.spi.Mount first(TaskSpec task) {
    if (task.rootfs().isEmpty()) {
      return new dev.proa.spi.Mount("bind", task.spec().root().path(), "", List.of("rbind"));
    }
    dev.proa.spi.Mount first = task.rootfs().getFirst();
    if (!first.target().isEmpty() && !first.target().equals("/")) {
      throw ProaException.invalid("rootfs: the first mount is for " + first.target() + " and not for the root");
    }
    return first;
  }

  private Arg bind(dev.proa.spi.Mount mount) {
    MountOptions options = MountOptions.parse("/", "bind", mount.options());
    Arg tree = steps.cloneTree(NAME, AT_FDCWD, mount.source(), options.recursiveBind()).result();
    // A copy of a shared mount is its peer: without this the container's mounts would appear on the host.
    steps.mountSetattr(NAME, tree, true, 0, 0, Mount.MS_PRIVATE);
    if (options.set() != 0) {
      steps.mountSetattr(NAME, tree, false, options.set(), 0, 0);
    }
    return tree;
  }

  private Arg overlay(dev.proa.spi.Mount mount) {
    MountOptions options = MountOptions.parse("/", "overlay", mount.options());
    Arg context = steps.fsopen(NAME, "overlay");
    steps.fsconfigString(NAME, context, "source", mount.source());
    boolean onePerLayer = host.kernelIs(6, 5);
    for (String parameter : options.parameters()) {
      if (parameter.startsWith("lowerdir=") && onePerLayer) {
        for (String layer : layers(parameter.substring("lowerdir=".length()))) {
          steps.fsconfigString(NAME, context, "lowerdir+", layer);
        }
      } else {
        steps.fsconfigParameters(NAME, context, List.of(parameter));
      }
    }
    return create(context, options);
  }

  private Arg fileSystem(dev.proa.spi.Mount mount) {
    MountOptions options = MountOptions.parse("/", mount.type(), mount.options());
    Arg context = steps.fsopen(NAME, mount.type());
    steps.fsconfigString(NAME, context, "source", mount.source());
    steps.fsconfigParameters(NAME, context, options.parameters());
    return create(context, options);
  }

  private Arg create(Arg context, MountOptions options) {
    steps.fsconfigCreate(NAME, context);
    return steps.fsmount(NAME, context, options.set());
  }

  /** Before Linux 6.5 all lower folders are one value, and fsconfig takes no long ones. */
  private boolean needsClassic(dev.proa.spi.Mount mount) {
    int longest = host.kernelIs(6, 5) ? 0 : MAX_VALUE;
    for (String option : mount.options()) {
      int value = option.substring(option.indexOf('=') + 1).getBytes(StandardCharsets.UTF_8).length;
      boolean split = option.startsWith("lowerdir=") && longest == 0;
      if (value > MAX_VALUE && !split) {
        return true;
      }
    }
    return false;
  }

  /** mount(2): the target is the daemon's own folder, so a path is as good as a descriptor there. */
  private Arg classic(dev.proa.spi.Mount mount, String attachment) {
    MountOptions options = MountOptions.parse("/", "overlay", mount.options());
    List<String> parameters = options.parameters();
    if (size(parameters) > MAX_CLASSIC_OPTIONS) {
      parameters = shortened(parameters, attachment);
    }
    if (size(parameters) > MAX_CLASSIC_OPTIONS) {
      throw ProaException.invalid(
          "rootfs: the options of the overlay are " + size(parameters) + " bytes, and this kernel takes " + MAX_CLASSIC_OPTIONS
              + "; fewer layers will do");
    }
    // MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC have the values of their MOUNT_ATTR namesakes.
    steps.call(
        NAME,
        Syscall.MOUNT,
        Arg.string(mount.source()),
        Arg.string(attachment),
        Arg.string("overlay"),
        Arg.number(options.set() & 0xf),
        Arg.string(String.join(",", parameters)));
    return steps.openat(NAME, AT_FDCWD, attachment, O_PATH_DIRECTORY).result();
  }

  private static int size(List<String> parameters) {
    return String.join(",", parameters).getBytes(StandardCharsets.UTF_8).length;
  }

  /** Links in the daemon's own folder stand for the layers, by numbers relative to it; they go with the folder. */
  private List<String> shortened(List<String> parameters, String attachment) {
    List<String> shorter = new ArrayList<>();
    for (String parameter : parameters) {
      if (!parameter.startsWith("lowerdir=")) {
        shorter.add(parameter);
        continue;
      }
      steps.call(NAME, Syscall.CHDIR, Arg.string(attachment));
      List<String> layers = layers(parameter.substring("lowerdir=".length()));
      List<String> numbers = new ArrayList<>();
      for (String layer : layers) {
        String number = Integer.toString(numbers.size());
        steps.symlinkat(NAME, layer, AT_FDCWD, number).tolerating(Errno.EEXIST);
        numbers.add(number);
      }
      shorter.add("lowerdir=" + String.join(":", numbers));
    }
    return shorter;
  }

  /** Colons separate lower folders; one inside a name is written {@code \:} (Documentation/filesystems/overlayfs.rst). */
  static List<String> layers(String lowerdir) {
    List<String> layers = new ArrayList<>();
    StringBuilder layer = new StringBuilder();
    for (int i = 0; i < lowerdir.length(); i++) {
      char c = lowerdir.charAt(i);
      if (c == '\\' && i + 1 < lowerdir.length()) {
        layer.append(lowerdir.charAt(++i));
      } else if (c == ':') {
        layers.add(layer.toString());
        layer.setLength(0);
      } else {
        layer.append(c);
      }
    }
    layers.add(layer.toString());
    return layers;
  }
}
