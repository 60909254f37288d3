package dev.proa.builder.internal;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.PathPatterns;
import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.Hash;
import dev.proa.builder.internal.context.TreeCopy;
import dev.proa.builder.internal.dockerfile.Instruction.Heredoc;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.layer.CopyLayer;
import dev.proa.builder.internal.layer.CopyRequest;
import dev.proa.builder.internal.layer.Source;
import dev.proa.builder.internal.run.CommandRun.Command;
import dev.proa.builder.internal.run.RunMount;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.images.dockerfile.ConfigInstructions;
import dev.proa.images.dockerfile.Words;
import dev.proa.lifecycle.roots.ImageRoots.ImageRoot;
import dev.proa.linux.ErrnoException;
import dev.proa.linux.Fd;
import dev.proa.linux.Fs;
import dev.proa.linux.Io;
import dev.proa.linux.abi.Fcntl;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A {@code RUN}: its command, what it sees, and what it is mounted for. */
final class RunStep {
  /** Where a script of a here-document lies while it runs. */
  private static final String SCRIPTS = "/run/heredoc/";

  private static final String SECRETS = "/run/secrets/";
  private static final int SECRET_MODE = 0400;
  private static final int SCRIPT_MODE = 0755;

  private final Instruction instruction;
  private final BuildRun build;
  private final Parts parts;
  private final Words words;
  private final ConfigInstructions config;
  private final Arguments arguments;
  private final String platform;
  private final int stage;
  private final BuildOutput out;
  private final List<RunMount> mounts;
  private final List<String> command;
  private final @Nullable Heredoc script;

  private RunStep(
      Instruction instruction, BuildRun build, Parts parts, Words words, ConfigInstructions config, Arguments arguments, String platform, int stage, BuildOutput out) {
    this.instruction = instruction;
    this.build = build;
    this.parts = parts;
    this.words = words;
    this.config = config;
    this.arguments = arguments;
    this.platform = platform;
    this.stage = stage;
    this.out = out;
    this.mounts = instruction.flags("mount").stream().map(words::expand).map(RunMount::parse).toList();
    Heredoc alone = alone(instruction);
    this.script = alone != null && alone.content().startsWith("#!") ? alone : null;
    this.command = command(alone);
    String security = instruction.flag("security");
    if (security != null && !security.equals("sandbox")) {
      throw ProaException.invalid("RUN --security=" + security + " is not allowed: commands of a build run confined, as containers do");
    }
    if (instruction.flag("device") != null) {
      throw ProaException.invalid("RUN --device is not supported: no device may be given to a build");
    }
  }

  static RunStep of(
      Instruction instruction, BuildRun build, Parts parts, Words words, ConfigInstructions config, Arguments arguments, String platform, int stage, BuildOutput out) {
    return new RunStep(instruction, build, parts, words, config, arguments, platform, stage, out);
  }

  /** The here-document that is the whole command; null if there is more. */
  private static @Nullable Heredoc alone(Instruction instruction) {
    return instruction.heredocs().size() == 1 && instruction.rest().matches("<<-?[\"']?[A-Za-z_][\\w.]*[\"']?") ? instruction.heredocs().getFirst() : null;
  }

  private List<String> command(@Nullable Heredoc alone) {
    List<String> exec = ConfigInstructions.jsonList(instruction.rest());
    if (exec != null && instruction.heredocs().isEmpty()) {
      return exec;
    }
    if (script != null) {
      return List.of(SCRIPTS + script.name());
    }
    List<String> shell = new ArrayList<>(config.shell());
    if (alone != null) {
      shell.add(alone.content());
      return shell;
    }
    StringBuilder text = new StringBuilder(instruction.rest());
    for (Heredoc heredoc : instruction.heredocs()) {
      text.append('\n').append(heredoc.content()).append(heredoc.name());
    }
    shell.add(text.toString());
    return shell;
  }

  private Map<String, String> visibleArguments() {
    Map<String, String> visible = arguments.values();
    visible.keySet().removeAll(config.env().keySet());
    return visible;
  }

  String createdBy() {
    Map<String, String> visible = visibleArguments();
    StringBuilder text = new StringBuilder("RUN ");
    if (!visible.isEmpty()) {
      text.append('|').append(visible.size()).append(' ');
      visible.forEach((name, value) -> text.append(name).append('=').append(value).append(' '));
    }
    text.append(String.join(" ", command));
    return script == null ? text.toString() : text + " " + script.content().strip();
  }

  /** All that the command reads, as far as it can be known; not what it fetches. */
  Hash key() throws IOException, InterruptedException {
    Hash key = new Hash().add("run").add(command.size());
    command.forEach(key::add);
    key.add(script == null ? "" : script.content());
    key.add(config.env().size());
    config.env().forEach((name, value) -> key.add(name).add(value));
    visibleArguments().forEach((name, value) -> key.add(name).add(value));
    key.add(config.user()).add(config.workingDir()).add(platform).add(network());
    for (RunMount mount : mounts) {
      key.add(mount.type().name()).add(mount.target()).add(mount.source()).add(mount.id()).add(mount.env());
      if (mount.type() == RunMount.Type.BIND) {
        FileTree tree = tree(mount);
        Source source = new Source.Tree(tree, entry(tree, mount), "");
        key.add(CopyLayer.digest(new CopyRequest(List.of(source), "/", true, null, PathPatterns.of(List.of()), true, false, false)));
      }
    }
    return key;
  }

  private String network() {
    String network = instruction.flag("network");
    return switch (network) {
      case null -> "";
      case "default" -> "";
      case "none" -> network;
      case "host" -> {
        if (!"host".equals(build.request().hostConfig().get("NetworkMode"))) {
          throw ProaException.invalid("RUN --network=host is not allowed: whoever writes a Dockerfile does not open the host's network; build with --network host to allow it");
        }
        yield network;
      }
      default -> throw ProaException.invalid("unsupported network mode \"" + network + "\" in RUN --network: default, none and host are known");
    };
  }

  private FileTree tree(RunMount mount) throws IOException, InterruptedException {
    return mount.from().isEmpty() ? build.context().tree() : CopyStep.treeOf(mount.from(), build, stage, out);
  }

  private static Entry entry(FileTree tree, RunMount mount) throws IOException {
    Entry entry = tree.find(PathPatterns.clean(mount.source()));
    if (entry == null) {
      throw ProaException.invalid("RUN --mount: " + (mount.source().isEmpty() ? "/" : mount.source()) + ": file does not exist");
    }
    return entry;
  }

  Stack make(String stack) throws IOException, InterruptedException {
    List<AutoCloseable> used = new ArrayList<>();
    try {
      List<Map<String, Object>> mounted = new ArrayList<>();
      Map<String, String> environment = new LinkedHashMap<>(arguments.proxies());
      environment.putAll(visibleArguments());
      environment.putAll(config.env());
      for (RunMount mount : mounts) {
        Map<String, Object> request = mount(mount, environment, used);
        if (!request.isEmpty()) {
          mounted.add(request);
        }
      }
      if (script != null) {
        Path file = file(script.content().getBytes(StandardCharsets.UTF_8), SCRIPT_MODE, 0, 0, used);
        mounted.add(bind(file.toString(), SCRIPTS + script.name(), true));
      }
      Map<String, Object> host = new LinkedHashMap<>(build.request().hostConfig());
      if (!network().isEmpty()) {
        host.put("NetworkMode", network());
      }
      List<String> env = environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
      Command run =
          new Command(
              stack, command, String.join(" ", command), env, config.user(), config.workingDir(), host, mounted, stubs(stack, mounted), platform);
      return build.commands().run(run, out);
    } finally {
      for (AutoCloseable each : used.reversed()) {
        close(each);
      }
    }
  }

  private static void close(AutoCloseable each) throws IOException {
    try {
      each.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** The places of mounts that the stack does not have: they are made for the command, and are not the image's. */
  private Set<String> stubs(String stack, List<Map<String, Object>> mounted) throws IOException {
    Set<String> stubs = new LinkedHashSet<>();
    if (mounted.isEmpty()) {
      return stubs;
    }
    try (ImageRoot root = parts.roots().open(stack)) {
      FileTree tree = new FileTree(root.fd());
      for (Map<String, Object> mount : mounted) {
        String path = PathPatterns.clean(String.valueOf(mount.get("Target")));
        while (!path.isEmpty() && tree.find(path) == null) {
          stubs.add(path);
          path = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
        }
      }
    }
    return stubs;
  }

  private static Map<String, Object> bind(String source, String target, boolean readOnly) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("Type", "bind");
    mount.put("Source", source);
    mount.put("Target", target);
    mount.put("ReadOnly", readOnly);
    return mount;
  }

  private String target(RunMount mount, String byDefault) {
    String target = mount.target().isEmpty() ? byDefault : mount.target();
    return target.startsWith("/") ? target : (config.workingDir().isEmpty() ? "/" : config.workingDir() + "/") + target;
  }

  private Map<String, Object> mount(RunMount mount, Map<String, String> environment, List<AutoCloseable> used) throws IOException, InterruptedException {
    return switch (mount.type()) {
      case BIND -> bind(source(mount), target(mount, ""), mount.readOnly());
      case CACHE -> {
        String id = mount.id().isEmpty() ? target(mount, "") : mount.id();
        FileTree tree = mount.from().isEmpty() ? null : tree(mount);
        var lease = parts.cacheMounts().use(id, mount, tree == null ? null : (parent, name) -> TreeCopy.copy(tree, entry(tree, mount), parent, name));
        used.add(lease);
        yield bind(lease.path().toString(), target(mount, ""), mount.readOnly());
      }
      case TMPFS -> {
        Map<String, Object> tmpfs = new LinkedHashMap<>(Map.of("Type", "tmpfs", "Target", target(mount, "")));
        if (mount.sizeBytes() > 0) {
          tmpfs.put("TmpfsOptions", Map.of("SizeBytes", mount.sizeBytes()));
        }
        yield tmpfs;
      }
      case SECRET -> secret(mount, environment, used);
      case SSH -> ssh(mount, environment);
    };
  }

  /** A folder or file of the host that a bind shows: of the context itself, or a copy of what must not be written to or lies in an image. */
  private String source(RunMount mount) throws IOException, InterruptedException {
    FileTree tree = tree(mount);
    Entry entry = entry(tree, mount);
    if (mount.from().isEmpty() && mount.readOnly()) {
      return build.context().folder().resolve(entry.path()).toString();
    }
    String name = UUID.randomUUID().toString();
    TreeCopy.copy(tree, entry, build.context().scratch(), name);
    return build.context().scratch().resolve(name).toString();
  }

  private Map<String, Object> secret(RunMount mount, Map<String, String> environment, List<AutoCloseable> used) throws IOException {
    String target = mount.target();
    String id = mount.id().isEmpty() ? target.substring(target.lastIndexOf('/') + 1) : mount.id();
    if (id.isEmpty()) {
      throw ProaException.invalid("RUN --mount=type=secret wants an id or a target");
    }
    byte[] value = build.request().secrets().apply(id);
    if (value == null) {
      if (mount.required()) {
        throw ProaException.invalid("secret " + id + ": not found");
      }
      return Map.of();
    }
    if (!mount.env().isEmpty()) {
      environment.put(mount.env(), new String(value, StandardCharsets.UTF_8));
      if (target.isEmpty()) {
        return Map.of();
      }
    }
    Path file = file(value, mount.mode() == null ? SECRET_MODE : mount.mode(), mount.uid(), mount.gid(), used);
    return bind(file.toString(), target(mount, SECRETS + id), true);
  }

  private Map<String, Object> ssh(RunMount mount, Map<String, String> environment) {
    String id = mount.id().isEmpty() ? "default" : mount.id();
    String socket = build.request().sshSockets().apply(id);
    if (socket == null) {
      if (mount.required()) {
        throw ProaException.invalid("no SSH key \"" + id + "\" forwarded from the client");
      }
      return Map.of();
    }
    String target = target(mount, "/run/ssh-agent.sock");
    environment.put("SSH_AUTH_SOCK", target);
    return bind(socket, target, false);
  }

  /** A file for the length of the command, where nothing outlives this boot. */
  private Path file(byte[] content, int mode, int uid, int gid, List<AutoCloseable> used) throws IOException {
    Path folder = parts.folders().secrets();
    Files.createDirectories(folder);
    String name = UUID.randomUUID().toString();
    try (Fd parent = Fs.open(folder.toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY)) {
      Fs.fchmodat(parent, ".", 0700);
      used.add(() -> Files.deleteIfExists(folder.resolve(name)));
      try (Fd file = Fs.openat(parent, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600)) {
        Io.writeFully(file, content);
        Fs.fchown(file, uid, gid);
        Fs.fchmod(file, mode);
      }
    } catch (ErrnoException e) {
      throw ProaException.internal("cannot hold a file for the command: " + e.getMessage(), e);
    }
    return folder.resolve(name);
  }
}
