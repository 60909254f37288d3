package dev.proa.builder.internal;

import dev.proa.builder.BuildOutput;
import dev.proa.builder.PathPatterns;
import dev.proa.builder.internal.context.FileTree.Entry;
import dev.proa.builder.internal.context.FileTree;
import dev.proa.builder.internal.context.Hash;
import dev.proa.builder.internal.dockerfile.Instruction.Heredoc;
import dev.proa.builder.internal.dockerfile.Instruction;
import dev.proa.builder.internal.dockerfile.Stage;
import dev.proa.builder.internal.layer.CopyLayer;
import dev.proa.builder.internal.layer.CopyRequest;
import dev.proa.builder.internal.layer.FileMode;
import dev.proa.builder.internal.layer.Source;
import dev.proa.images.build.BuildImages.Stack;
import dev.proa.images.dockerfile.ConfigInstructions;
import dev.proa.images.dockerfile.Glob;
import dev.proa.images.dockerfile.Words;
import dev.proa.lifecycle.roots.ImageRoots.ImageRoot;
import dev.proa.lifecycle.roots.ImageRoots.Owner;
import dev.proa.linux.Fd;
import dev.proa.spi.ProaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A {@code COPY} or {@code ADD}: from words to files and a layer. */
final class CopyStep {
  private static final int MAX_DEPTH = 256;

  private final Instruction instruction;
  private final BuildRun build;
  private final CopyRequest request;
  private final @Nullable String chown;
  private final String digest;

  private CopyStep(Instruction instruction, BuildRun build, CopyRequest request, @Nullable String chown) throws IOException {
    this.instruction = instruction;
    this.build = build;
    this.request = request;
    this.chown = chown;
    this.digest = CopyLayer.digest(request);
  }

  /** @throws ProaException {@code INVALID_ARGUMENT} for sources that are not there or lead out of the context */
  static CopyStep of(Instruction instruction, BuildRun build, Words words, String workingDir, int stage, BuildOutput out)
      throws IOException, InterruptedException {
    String name = instruction.name();
    List<String> list = ConfigInstructions.jsonList(instruction.rest());
    List<String> raw = list != null ? list : words.raw(instruction.rest());
    List<String> arguments = raw.stream().map(words::expand).filter(word -> !word.isEmpty()).toList();
    if (arguments.size() < 2) {
      throw ProaException.invalid(name + " requires at least two arguments, but only one was provided. Destination could not be determined");
    }
    boolean parents = instruction.on("parents");
    String to = arguments.getLast();
    String from = instruction.flag("from");
    String chown = expanded(instruction.flag("chown"), words);
    FileTree tree = from == null ? build.context().tree() : treeOf(from, build, stage, out);
    List<Source> sources = new ArrayList<>();
    int heredoc = 0;
    for (int i = 0; i < arguments.size() - 1; i++) {
      if (heredoc < instruction.heredocs().size() && raw.get(i).startsWith("<<")) {
        sources.add(inline(instruction.heredocs().get(heredoc++), words));
      } else {
        sources.addAll(sources(instruction, build, tree, arguments.get(i), parents, from == null));
      }
    }
    boolean folder = to.endsWith("/") || to.equals(".") || to.endsWith("/.") || parents;
    if (sources.size() > 1 && !folder) {
      throw ProaException.invalid("When using " + name + " with more than one source file, the destination must be a directory and end with a /");
    }
    String chmod = expanded(instruction.flag("chmod"), words);
    boolean unpack = name.equals("ADD") && !"false".equals(instruction.flag("unpack"));
    boolean addressed = sources.stream().anyMatch(Source.Fetched.class::isInstance);
    CopyRequest request =
        new CopyRequest(
            sources,
            to.startsWith("/") ? to : (workingDir.isEmpty() ? "/" : workingDir + "/") + to,
            folder,
            chmod == null ? null : new FileMode(chmod),
            PathPatterns.of(instruction.flags("exclude").stream().map(words::expand).toList()),
            from != null && chown == null,
            // What is fetched is unpacked only if that is asked for.
            unpack && (!addressed || instruction.on("unpack")),
            instruction.on("link"));
    return new CopyStep(instruction, build, request, chown);
  }

  private static @Nullable String expanded(@Nullable String text, Words words) {
    return text == null ? null : words.expand(text);
  }

  /** The files of a stage before this one, or of an image. */
  static FileTree treeOf(String from, BuildRun build, int stage, BuildOutput out) throws IOException, InterruptedException {
    Stage earlier = build.dockerfile().stage(from, stage);
    if (earlier != null) {
      return build.images().tree(build.await(earlier).stack());
    }
    if (from.matches("\\d{1,4}")) {
      // It could be the beginning of an image's id, and is never meant so.
      throw ProaException.invalid("invalid from flag value " + from + ": there is no such stage before this one");
    }
    try {
      return build.images().tree(build.images().get(from, build.request().platform(), out).id());
    } catch (ProaException e) {
      throw new ProaException(e.errorClass(), "invalid from flag value " + from + ": " + e.getMessage(), e);
    }
  }

  private static Source inline(Heredoc heredoc, Words words) {
    String content = heredoc.expand() ? heredocWords(words, heredoc.content()) : heredoc.content();
    return new Source.Inline(heredoc.name(), content.getBytes(StandardCharsets.UTF_8));
  }

  /** Variables are replaced; quotes are bytes like any other. */
  private static String heredocWords(Words words, String content) {
    StringBuilder out = new StringBuilder();
    for (String line : content.split("(?<=\n)")) {
      // Quotes mean nothing here: hide them from the words.
      String hidden = line.replace("\"", String.valueOf(words.escape()) + "\"").replace("'", String.valueOf(words.escape()) + "'");
      out.append(words.expand(hidden));
    }
    return out.toString();
  }

  private static List<Source> sources(Instruction instruction, BuildRun build, FileTree tree, String text, boolean parents, boolean context)
      throws IOException, InterruptedException {
    if (instruction.name().equals("ADD") && GitRepository.isAddress(text)) {
      if (!text.startsWith("http") && !text.startsWith("git://")) {
        // The host's own keys would answer for whoever wrote the Dockerfile.
        throw ProaException.invalid("ADD failed: " + text + ": repositories are fetched by https, http and git, not by ssh with this host's keys");
      }
      return List.of(repository(GitRepository.parse(text), build, instruction.on("keep-git-dir")));
    }
    if (Fetch.isAddress(text)) {
      if (!instruction.name().equals("ADD")) {
        throw ProaException.invalid("source can't be a URL for " + instruction.name());
      }
      return List.of(fetched(instruction, build, text));
    }
    if (instruction.flag("checksum") != null) {
      throw ProaException.invalid("checksum can't be specified for non-HTTP(S) sources");
    }
    if (context && leadsOut(text)) {
      throw ProaException.invalid(instruction.name() + " failed: forbidden path outside the build context: " + text + " ()");
    }
    // With --parents what follows /./ is made again.
    int pivot = parents ? text.indexOf("/./") : -1;
    String path = PathPatterns.clean(text);
    String above = pivot < 0 ? "" : PathPatterns.clean(text.substring(0, pivot));
    List<Entry> found = new ArrayList<>();
    if (PathPatterns.isPattern(path)) {
      match(tree, path.split("/"), 0, Objects.requireNonNull(tree.find("")), found, 0);
      if (found.isEmpty()) {
        throw ProaException.invalid(instruction.name() + " failed: no source files were specified: nothing matches " + text);
      }
    } else {
      Entry entry = tree.find(path);
      if (entry == null) {
        String where = context ? "file not found in build context or excluded by .dockerignore" : "file not found";
        throw ProaException.invalid(instruction.name() + " failed: " + where + ": stat " + path + ": file does not exist");
      }
      // It is copied under the name that it was given.
      found.add(entry);
      if (!parents) {
        return List.of(named(tree, entry, path));
      }
    }
    return found.stream().<Source>map(entry -> new Source.Tree(tree, entry, parents ? parentsOf(entry.path(), above) : "")).toList();
  }

  private static Source named(FileTree tree, Entry entry, String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    boolean link = !entry.name().equals(name) && !entry.status().isDirectory() && !name.isEmpty();
    return link ? new Source.Fetched(name, tree, entry, null) : new Source.Tree(tree, entry, "");
  }

  private static String parentsOf(String path, String above) {
    int slash = path.lastIndexOf('/');
    String folders = slash < 0 ? "" : path.substring(0, slash);
    if (!above.isEmpty() && (folders + "/").startsWith(above + "/")) {
      return folders.length() > above.length() ? folders.substring(above.length() + 1) : "";
    }
    return folders;
  }

  private static boolean leadsOut(String text) {
    int depth = 0;
    for (String part : text.split("/")) {
      if (part.equals("..")) {
        depth--;
      } else if (!part.isEmpty() && !part.equals(".")) {
        depth++;
      }
      if (depth < 0) {
        return true;
      }
    }
    return false;
  }

  /** Walks along a pattern, one component a folder; {@code **} stands for any number of them. */
  private static void match(FileTree tree, String[] pattern, int index, Entry at, List<Entry> found, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      return;
    }
    String component = pattern[index];
    boolean last = index == pattern.length - 1;
    if (component.equals("**") && !last) {
      match(tree, pattern, index + 1, at, found, depth);
    }
    if (!PathPatterns.isPattern(component)) {
      Entry child = tree.look(at.path().isEmpty() ? component : at.path() + "/" + component);
      if (child != null && last) {
        found.add(child);
      } else if (child != null && child.status().isDirectory()) {
        match(tree, pattern, index + 1, child, found, depth + 1);
      }
      return;
    }
    Glob glob = Glob.of(component, Glob.Syntax.PATH);
    for (Entry child : tree.children(at)) {
      if (!glob.matches(child.name())) {
        continue;
      }
      if (last) {
        found.add(child);
      } else if (child.status().isDirectory()) {
        match(tree, pattern, component.equals("**") ? index : index + 1, child, found, depth + 1);
      }
    }
  }

  private static Source repository(GitRepository repository, BuildRun build, boolean keepGitDirectory) throws IOException, InterruptedException {
    Path folder = build.context().scratch().resolve(UUID.randomUUID().toString());
    repository.checkOut(folder, keepGitDirectory);
    FileTree tree = new FileTree(build.images().keep(BuildContext.openFolder(folder)));
    Entry entry = tree.find(PathPatterns.clean(repository.folder()));
    if (entry == null) {
      throw ProaException.invalid("ADD failed: " + repository.address() + " has no folder " + repository.folder());
    }
    return new Source.Tree(tree, entry, "");
  }

  private static Source fetched(Instruction instruction, BuildRun build, String address) throws IOException, InterruptedException {
    Path folder = build.context().scratch().resolve(UUID.randomUUID().toString());
    Fetch.Fetched fetched = Fetch.to(folder, address);
    Fd fd = build.images().keep(BuildContext.openFolder(folder));
    FileTree tree = new FileTree(fd);
    Entry entry = Objects.requireNonNull(tree.look(fetched.file().getFileName().toString()));
    String checksum = instruction.flag("checksum");
    if (checksum != null) {
      String actual = "sha256:" + HexFormat.of().formatHex(tree.digest(entry));
      if (!checksum.toLowerCase(Locale.ROOT).equals(actual)) {
        throw ProaException.invalid("digest mismatch " + actual + ": " + checksum + " was expected of " + address);
      }
    }
    String name = fetched.name();
    if (name.isEmpty()) {
      throw ProaException.invalid("cannot determine filename for source " + address);
    }
    return new Source.Fetched(name, tree, entry, fetched.modifiedSeconds());
  }

  /** All that the step reads. */
  Hash key() {
    Hash key = new Hash().add("copy").add(request.destination()).add(request.folder() ? 1 : 0).add(chown == null ? "" : chown);
    key.add(request.mode() == null ? "" : request.mode().text()).add(request.unpack() ? 1 : 0).add(request.link() ? 1 : 0).add(request.keepOwners() ? 1 : 0);
    return key.add(build.latestSeconds()).add(digest);
  }

  String createdBy() {
    boolean several = request.sources().size() > 1;
    boolean folder = !several && request.sources().getFirst() instanceof Source.Tree tree && tree.entry().status().isDirectory();
    StringBuilder text = new StringBuilder(instruction.name());
    if (chown != null) {
      text.append(" --chown=").append(chown);
    }
    if (request.mode() != null) {
      text.append(" --chmod=").append(request.mode().text());
    }
    return text.append(several ? " multi:" : folder ? " dir:" : " file:").append(digest).append(" in ").append(request.destination()).toString();
  }

  Stack make(Parts parts, String stack) throws IOException {
    try (ImageRoot root = parts.roots().open(stack)) {
      Owner owner = chown == null ? null : root.owner(chown);
      try (InputStream layer = CopyLayer.of(request, new FileTree(root.fd()), owner, build.now().getEpochSecond(), build.latestSeconds())) {
        return parts.layers().push(stack, layer);
      }
    }
  }

  /** {@code WORKDIR}: a folder that is made if it is missing. */
  static Stack folder(Parts parts, BuildRun build, String stack, String path) throws IOException {
    try (ImageRoot root = parts.roots().open(stack);
        InputStream layer = CopyLayer.folder(path, new FileTree(root.fd()), build.now().getEpochSecond(), build.latestSeconds())) {
      return parts.layers().push(stack, layer);
    }
  }
}
